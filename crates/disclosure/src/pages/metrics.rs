//! The page of the dictionaries: every metric, and every field of the data sets.

use ::figures::metric::Unit;
use ::figures::{DICTIONARY, Metric};
use maud::{Markup, html};

use super::layout::{Page, Simulated, labelled_data_links, titled};
use super::tables::table;
use crate::cache::Answer;
use crate::dataset::dictionary::{DataSet, data_sets};
use crate::resource::Language;

pub(crate) fn page(language: Language) -> Answer {
    let title = titled(|language| {
        language.of(("指标和数据字段说明".to_owned(), "Metrics and data fields".to_owned()))
    });
    let content = html! {
        div.heading {
            h1 { (language.of((&title.0, &title.1))) }
            p.translated lang=(language.other().tag()) {
                (language.other().of((&title.0, &title.1)))
            }
            p.lead {
                (language.of((
                    "每项公布的数据都按下列定义计算。定义变更而影响数值时，版本号随之更新。",
                    "Every figure is computed as it is defined here. A definition that changes a number gets a new version.",
                )))
            }
        }
        section.definitions {
            h2 { (language.of(("指标", "Metrics"))) }
            (metrics(language))
            (labelled_data_links("/metrics", "/metrics", language))
        }
        section {
            h2 { (language.of(("数据字段", "Data fields"))) }
            p {
                (language.of((
                    "CSV 文件的列名如下。空字段表示无数据。",
                    "These are the columns of the CSV files. An empty field means that nothing is known.",
                )))
            }
            @for (number, set) in (1..).zip(data_sets()) {
                details {
                    summary { (language.of(set.title)) }
                    p { code { "/v1" (set.address) } }
                    div.texts { (fields(&format!("fields-{number}"), &set, language)) }
                }
            }
        }
    };
    let here = Some(language.of((title.0.clone(), title.1.clone())));
    let address = "/metrics".into();
    let simulated = Simulated::No;
    Page { language, simulated, title, address, above: vec![], here, content }.answer()
}

fn metrics(language: Language) -> Markup {
    html! {
        dl {
            @for metric in DICTIONARY {
                div id=(metric.id) {
                    dt { (language.of(metric.name)) " " code { (metric.id) } }
                    dd { (language.of(metric.definition)) }
                    dd { (facts(metric, language)) }
                }
            }
        }
    }
}

/// The formula of a ratio, the month, the unit and the version of the definition.
fn facts(metric: &Metric, language: Language) -> String {
    let formula = metric.parts().map(|(numerator, denominator)| {
        let (numerator, denominator) = (language.of(numerator.name), language.of(denominator.name));
        match metric.unit {
            Unit::PerMillion => format!("{numerator} ÷ {denominator} × 1,000,000"),
            Unit::Case | Unit::Service | Unit::Review | Unit::Ratio => {
                format!("{numerator} ÷ {denominator}")
            }
        }
    });
    let unit = language.of(metric.unit.name());
    let version = metric.version;
    let facts = [
        formula,
        Some(language.of(metric.placement.name()).to_owned()),
        Some(language.of((format!("单位：{unit}"), format!("unit: {unit}")))),
        Some(
            language.of((format!("定义第 {version} 版"), format!("definition version {version}"))),
        ),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    facts.join(language.of(("；", "; ")))
}

fn fields(id: &str, set: &DataSet, language: Language) -> Markup {
    let lines = html! {
        tbody {
            @for field in &set.fields {
                tr {
                    th scope="row" { code { (field.id) } }
                    td.text {
                        @match field.metric {
                            Some(metric) => a href={ "#" (metric.id) } { (language.of(field.title)) },
                            None => (language.of(field.title)),
                        }
                    }
                    td.text { (language.of(field.kind.name())) }
                }
            }
        }
    };
    let columns = [("字段", "Field"), ("含义", "Meaning"), ("类型", "Type")];
    table(id, language.of(set.title), &columns, &lines, language)
}
