//! The page of the dictionary: every metric, and every field of the data sets.

use ::figures::DICTIONARY;
use maud::{Markup, html};

use super::layout::{Page, data_links, titled};
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
        section {
            h2 { (language.of(("指标", "Metrics"))) }
            div.words { (metrics(language)) }
            (data_links("/metrics", language))
        }
        section {
            h2 { (language.of(("数据字段", "Data fields"))) }
            p {
                (language.of((
                    "CSV 文件的列名如下。空字段表示无数据。",
                    "These are the columns of the CSV files. An empty field is not known.",
                )))
            }
            @for (number, set) in (1..).zip(data_sets()) {
                details {
                    summary { (language.of(set.title)) }
                    p { code { "/v1" (set.address) } }
                    div.words { (fields(&format!("fields-{number}"), &set, language)) }
                }
            }
        }
    };
    let here = Some(language.of((title.0.clone(), title.1.clone())));
    Page { language, title, address: "/metrics".into(), above: vec![], here, content }.answer()
}

fn metrics(language: Language) -> Markup {
    let lines = html! {
        tbody {
            @for metric in DICTIONARY {
                tr id=(metric.id) {
                    th scope="row" { (language.of(metric.name)) code { (metric.id) } }
                    td.text { (language.of(metric.definition)) }
                    td.text {
                        @match metric.parts() {
                            Some((numerator, denominator)) => {
                                (language.of(numerator.name)) " ÷ " (language.of(denominator.name))
                            }
                            None => (language.of(("计数", "count"))),
                        }
                    }
                    td.text { (language.of(metric.placement.name())) }
                    td.text { (language.of(metric.unit.name())) }
                    td { (metric.version) }
                }
            }
        }
    };
    let columns = [
        ("指标", "Metric"),
        ("定义", "Definition"),
        ("计算方法", "Formula"),
        ("归属月份", "Month"),
        ("单位", "Unit"),
        ("版本", "Version"),
    ];
    let caption = language.of(("全部指标", "All metrics"));
    table("metrics", caption, &columns, &lines, language)
}

fn fields(id: &str, set: &DataSet, language: Language) -> Markup {
    let lines = html! {
        tbody {
            @for field in &set.fields {
                tr {
                    th scope="row" { code { (field.id) } }
                    td.text { (language.of(field.title)) }
                    td.text { (language.of(field.kind.name())) }
                    td.text {
                        @if let Some(metric) = field.metric {
                            a href={ "#" (metric.id) } { (language.of(metric.name)) }
                        }
                    }
                }
            }
        }
    };
    let columns =
        [("字段", "Field"), ("含义", "Meaning"), ("类型", "Type"), ("对应指标", "Metric")];
    table(id, language.of(set.title), &columns, &lines, language)
}
