//! The page of a month: what it comes to, how to read it, then by level, by channel and by city.

use ::figures::metric::ACTIVE_BAD_REVIEWS_PER_MILLION;
use ::figures::{Coverage, Edition};
use domain::Rate;
use maud::{Markup, html};

use super::areas;
use super::coverage::shown_beside;
use super::layout::{
    Page, Simulated, as_of, data_links, heading, in_language, month_address, province_address,
    titled,
};
use super::{channels, definitions, format, headline, levels, reading, words};
use crate::cache::Answer;
use crate::model::{Cities, FiguresOfMonth, Moments};
use crate::resource::Language;

pub(crate) fn page(of: &FiguresOfMonth, language: Language) -> Answer {
    let FiguresOfMonth { edition, figures, moments, cities } = of;
    let Edition { province, month, status, .. } = *edition;
    let title = titled(|language| {
        let (name, month) = (format::province(province, language), format::month(month, language));
        language.of((
            format!("{name}{month}政务服务“好差评”"),
            format!("{name}, {month}: ratings of government services"),
        ))
    });
    let address = month_address(province, month);
    let Moments { figures: coverage, cases_through, .. } = *moments;
    // Said where it is another time than that of the page.
    let minute = |at| format::instant(at, language);
    let cases_through =
        cases_through.filter(|cases| Some(minute(*cases)) != coverage.through.map(minute));
    let content = html! {
        (heading(language, &title, *edition, &as_of(coverage, language)))
        (headline::headline(&figures.total, cases_through, language))
        (reading::section(language))
        (contents(language))
        (levels::section(&figures.total, language))
        (channels::section(figures, language))
        section id="areas-section" {
            h2 { (language.of(("按地区", "By area"))) }
            @if let Some(cities) = cities {
                (by_city(&address, cities, coverage, ACTIVE_BAD_REVIEWS_PER_MILLION.rate(&figures.total), language))
            }
            (finer(&address, language))
        }
        (ledger_link(&address, language))
        (definitions::section(edition.rule, figures.grouping, language))
        section id="data" {
            h2 { (language.of(words::DATA)) }
            (data_links(&address, &address, language))
        }
    };
    let above = vec![(province_address(province), format::province(province, language).to_owned())];
    let here = Some(format::month(month, language));
    let simulated = Simulated::of(status);
    Page { language, simulated, title, address, above, here, content }.answer()
}

/// The sections of the page, to jump to.
fn contents(language: Language) -> Markup {
    let sections = [
        ("levels", ("按等级", "By level")),
        ("channels", ("按渠道", "By channel")),
        ("set-aside", ("计入与不予计入", "Counted and set aside")),
        ("areas-section", ("按地区", "By area")),
        ("ledger", words::LEDGER_SHORT),
        ("definitions", words::DEFINITIONS),
        ("data", words::DATA),
    ];
    html! {
        nav.contents aria-label=(language.of(("本页内容", "On this page"))) {
            ul {
                @for (id, text) in sections {
                    li { a href={ "#" (id) } { (language.of(text)) } }
                }
            }
        }
    }
}

fn by_city(
    address: &str,
    cities: &Cities,
    of_month: Coverage,
    whole: Option<Rate>,
    language: Language,
) -> Markup {
    shown_beside(cities.coverage, of_month, language, || {
        html! {
            @if cities.rows.is_empty() {
                p { (language.of(("分地区数据尚未统计。", "Figures by area have not been counted yet."))) }
            } @else {
                @if let Some(whole) = whole {
                    (areas::charts(&cities.rows, whole, language))
                }
                (areas::area_table(address, &cities.rows, language))
                p.note { (language.of(words::CHANCE)) }
            }
        }
    })
}

fn finer(address: &str, language: Language) -> Markup {
    let pages = [
        ("areas?level=county", ("全部县（市、区）", "All counties and districts")),
        ("departments", words::BY_DEPARTMENT),
        ("items", words::BY_ITEM),
    ];
    html! {
        nav.finer aria-label=(language.of(("分项数据", "Detailed figures"))) {
            ul {
                @for (path, text) in pages {
                    li {
                        a href=(in_language(&format!("{address}/{path}"), language)) {
                            (language.of(text))
                        }
                    }
                }
            }
        }
    }
}

fn ledger_link(address: &str, language: Language) -> Markup {
    html! {
        section id="ledger" {
            h2 { (language.of(words::LEDGER)) }
            p {
                (language.of((
                    "已收到的每条记录的去向、未计入统计的评价及其原因、各项数据的核对结果：",
                    "What became of every record that was received, which reviews do not count and why, and whether the numbers agree: ",
                )))
                a href=(in_language(&format!("{address}/ledger"), language)) {
                    (language.of(("本月数据台账", "the ledger of this month")))
                }
            }
        }
    }
}
