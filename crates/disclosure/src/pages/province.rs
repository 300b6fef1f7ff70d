//! The page of a province: its months.

use ::figures::Status;
use ::figures::metric::REVIEWS_COUNTED;
use domain::Province;
use maud::html;

use super::format::{self, thousands};
use super::layout::{
    Page, Simulated, in_language, known, labelled_data_links, month_address, province_address,
    titled,
};
use super::tables::Table;
use super::words::{self, Words};
use crate::cache::Answer;
use crate::model::MonthOfProvince;
use crate::resource::Language;

const COLUMNS: [Words; 4] = [
    words::MONTH,
    REVIEWS_COUNTED.name,
    words::STATUS,
    ("最近一条已统计的记录收到于", "Latest record counted"),
];

pub(crate) fn page(province: Province, months: &[MonthOfProvince], language: Language) -> Answer {
    let lines = html! {
        tbody {
            @for of in months.iter().rev() {
                tr {
                    th scope="row" {
                        a href=(in_language(&month_address(province, of.month), language)) {
                            (format::month(of.month, language))
                        }
                    }
                    td { (thousands(of.reviews)) }
                    td {
                        span.tag[of.status == Status::Simulated] {
                            (language.of(words::status(of.status).0))
                        }
                    }
                    td { (known(of.through.map(|through| format::instant(through, language)), language)) }
                }
            }
        }
    };
    let title = titled(|language| {
        let name = format::province(province, language);
        language.of((
            format!("{name}政务服务“好差评”"),
            format!("{name}: ratings of government services"),
        ))
    });
    let address = province_address(province);
    let data = format!("{address}/months");
    let content = html! {
        div.heading {
            h1 { (language.of((&title.0, &title.1))) }
            p.translated lang=(language.other().tag()) { (language.other().of((&title.0, &title.1))) }
        }
        section.narrow {
            @if months.is_empty() {
                p {
                    (language.of((
                        "目前尚无数据。",
                        "There are no figures for this province yet.",
                    )))
                }
            } @else {
                (Table {
                    id: "months",
                    caption: language.of(("各月数据", "Months")),
                    columns: &COLUMNS,
                    of_narrow: 3,
                    is_long: false,
                }.render(&lines, language))
            }
            (labelled_data_links(&data, &data, language))
        }
    };
    let here = Some(format::province(province, language).to_owned());
    let simulated = Simulated::of_list(months.iter().map(|of| of.status));
    Page { language, simulated, title, address, above: vec![], here, content }.answer()
}
