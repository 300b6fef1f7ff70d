//! The first page: all provinces and their months.

use ::figures::Status;
use domain::Province;
use maud::{Markup, html};

use super::format;
use super::layout::{
    Page, Simulated, in_language, labelled_data_links, month_address, province_address, titled,
};
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
        newest_first.map(|(_, month)| *month).collect::<Vec<_>>()
    };
    let (with, without): (Vec<_>, Vec<_>) = Province::all()
        .map(|province| (province, of(province)))
        .partition(|(_, months)| !months.is_empty());
    let lines = html! {
        tbody {
            @for (province, months) in &with { (line(*province, months, language)) }
        }
    };
    let title = titled(|language| language.of(words::SITE).to_owned());
    let content = html! {
        div.heading.home {
            h1 { (language.of(("政务服务“好差评”数据公开", "Ratings of government services"))) }
            p.lead {
                (language.of((
                    "企业和群众每次办理政务服务后均可评价。本网站按月公布各省（自治区、直辖市）和新疆生产建设兵团的主动评价满意率、差评数、评价数和办件数，并按评价等级、线上线下、渠道、地区、部门和事项列出。",
                    "Everyone who uses a government service can rate it. For each month and province, this site publishes the satisfaction rate of active reviews, bad reviews, all reviews and cases: in total, by level, online and offline, and by channel, area, department and service type.",
                )))
            }
        }
        section {
            h2 { (language.of(("已有数据的省级单位", "Provinces with figures"))) }
            @if with.is_empty() {
                p { (language.of(("目前尚无数据。", "There are no figures yet."))) }
            } @else {
                div.words {
                    (table(
                        "provinces",
                        language.of(("各省级单位的最近月份", "Provinces and their latest months")),
                        &[words::PROVINCE, words::MONTH],
                        &lines,
                        language,
                    ))
                }
            }
            (labelled_data_links("/provinces", "/provinces", language))
        }
        @if !without.is_empty() {
            section {
                h2 { (language.of(("尚无数据的省级单位", "Provinces without figures"))) }
                ul.units {
                    @for (province, _) in &without {
                        li { (format::province(*province, language)) }
                    }
                }
            }
        }
    };
    let simulated = Simulated::of_list(months.iter().map(|(_, of)| of.status));
    Page { language, simulated, title, address: "/".into(), above: vec![], here: None, content }
        .answer()
}

fn line(province: Province, months: &[MonthOfProvince], language: Language) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href=(in_language(&province_address(province), language)) {
                    (format::province(province, language))
                }
            }
            td.text {
                ul.months {
                    @for of in months.iter().take(MONTHS_SHOWN) {
                        li {
                            a href=(in_language(&month_address(province, of.month), language)) {
                                (format::month(of.month, language))
                            }
                            @if of.status == Status::Simulated {
                                " " span.tag { (language.of(words::SIMULATED)) }
                            }
                        }
                    }
                    @if months.len() > MONTHS_SHOWN {
                        li {
                            a href=(in_language(&province_address(province), language)) {
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
