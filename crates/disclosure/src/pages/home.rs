//! The first page: all provinces and their months.

use domain::Province;
use maud::html;

use super::format;
use super::layout::{Page, data_links, in_language, month_address, province_address, titled};
use super::tables::table;
use super::words;
use crate::cache::Answer;
use crate::model::MonthOfProvince;
use crate::resource::Language;

/// How many months of a province are shown here; its own page has all.
const MONTHS_SHOWN: usize = 6;

pub(crate) fn page(months: &[(Province, MonthOfProvince)], language: Language) -> Answer {
    let of = |province: Province| {
        let newest_first = months.iter().rev().filter(move |(of, _)| *of == province);
        newest_first.map(|(_, of)| of.month).collect::<Vec<_>>()
    };
    let (with, without): (Vec<_>, Vec<_>) = Province::all()
        .map(|province| (province, of(province)))
        .partition(|(_, months)| !months.is_empty());
    let lines = html! {
        tbody {
            @for (province, months) in &with {
                tr {
                    th scope="row" {
                        a href=(in_language(&province_address(*province), language)) {
                            (format::province(*province, language))
                        }
                    }
                    td.text {
                        ul.months {
                            @for month in months.iter().take(MONTHS_SHOWN) {
                                li {
                                    a href=(in_language(&month_address(*province, *month), language)) {
                                        (format::month(*month, language))
                                    }
                                }
                            }
                            @if months.len() > MONTHS_SHOWN {
                                li {
                                    a href=(in_language(&province_address(*province), language)) {
                                        (language.of((
                                            format!("全部 {} 个月", months.len()),
                                            format!("all {} months", months.len()),
                                        )))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let title = titled(|language| language.of(words::SITE).to_owned());
    let content = html! {
        div.heading.home {
            h1 { (language.of(("政务服务“好差评”数据公开", "Ratings of government services"))) }
            p.lead {
                (language.of((
                    "每次办理政务服务，办事人都可以评价。本网站按月公布各省份的办件数、收到差评数和满意率，并按线上线下、渠道、地区、部门和事项列出。",
                    "Everyone who uses a government service can rate it. For each month and province, this site publishes the cases handled, the bad reviews received and the satisfaction rate: in total, online and offline, and by channel, area, department and item.",
                )))
            }
        }
        section {
            h2 { (language.of(("已有数据的省份", "Provinces with figures"))) }
            @if with.is_empty() {
                p { (language.of(("目前尚无数据。", "There are no figures yet."))) }
            } @else {
                div.words {
                    (table(
                        "provinces",
                        language.of(("各省份最近月份", "Provinces and their latest months")),
                        &[("省份", "Province"), words::MONTH],
                        &lines,
                        language,
                    ))
                }
            }
            (data_links("/provinces", language))
        }
        @if !without.is_empty() {
            section {
                h2 { (language.of(("尚无数据的省份", "Provinces without figures"))) }
                ul.units {
                    @for (province, _) in &without {
                        li { (format::province(*province, language)) }
                    }
                }
            }
        }
    };
    Page { language, title, address: "/".into(), above: vec![], here: None, content }.answer()
}
