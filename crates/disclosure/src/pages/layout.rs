//! The frame of every page.

use ::figures::Status;
use domain::{Month, Province};
use maud::{DOCTYPE, Markup, html};

use super::assets::{ICON_NAME, STYLE_NAME};
use super::format;
use super::words::{self, Words};
use crate::cache::Answer;
use crate::resource::Language;

/// A page without its frame.
pub(crate) struct Page {
    pub(crate) language: Language,
    /// Chinese, English.
    pub(crate) title: (String, String),
    /// The page's address with its parameters, but without the language.
    pub(crate) address: String,
    /// The pages above, from the top, without the first: address and text.
    pub(crate) above: Vec<(String, String)>,
    /// What this page is called below those.
    pub(crate) here: Option<String>,
    pub(crate) content: Markup,
}

impl Page {
    pub(crate) fn answer(self) -> Answer {
        Answer::new("text/html; charset=utf-8", self.render().into_string())
    }

    pub(crate) fn render(self) -> Markup {
        let Self { language, title, address, above, here, content } = self;
        let other = language.other();
        let (zh, en) = (&title.0, &title.1);
        let own = language.of((zh, en));
        let there = in_language(&address, other);
        html! {
            (DOCTYPE)
            html lang=(language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (own) " · " (other.of((zh, en))) }
                    link rel="stylesheet" href={ "/assets/" (*STYLE_NAME) };
                    link rel="icon" type="image/svg+xml" href={ "/assets/" (*ICON_NAME) };
                    link rel="alternate" hreflang=(other.tag()) href=(there);
                }
                body {
                    a.skip href="#content" { (language.of(words::SKIP)) }
                    header.site {
                        div.inner {
                            a.brand href={ "/" (language.query(true)) } {
                                (mark())
                                span { (language.of(words::SITE)) }
                            }
                            a.switch href=(there) hreflang=(other.tag()) lang=(other.tag()) {
                                (language.of(words::SWITCH))
                            }
                        }
                    }
                    main.inner id="content" {
                        @if here.is_some() {
                            nav.above aria-label=(language.of(words::WHERE_YOU_ARE)) {
                                ol {
                                    li { a href={ "/" (language.query(true)) } { (language.of(words::HOME)) } }
                                    @for (address, text) in &above {
                                        li { a href=(in_language(address, language)) { (text) } }
                                    }
                                    @if let Some(here) = here {
                                        li aria-current="page" { (here) }
                                    }
                                }
                            }
                        }
                        (content)
                    }
                    footer.site { div.inner { (foot(language)) } }
                }
            }
        }
    }
}

/// A page's address in a language.
pub(crate) fn in_language(address: &str, language: Language) -> String {
    format!("{address}{}", language.query(!address.contains('?')))
}

fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" {
            rect width="32" height="32" rx="5" {}
            path d="M7 19.5h4.2v5.5H7zM13.9 14h4.2v11h-4.2zM20.8 7H25v18h-4.2z" {}
        }
    }
}

fn foot(language: Language) -> Markup {
    html! {
        p {
            (language.of((
                "评价归入服务所在的月份。每项比率均列出分子、分母和统计规则版本；没有评价时不计算比率。",
                "Reviews are placed in the month of their service. Every rate comes with its numerator, its denominator and the version of the counting rule. Where there are no reviews, there is no rate.",
            )))
        }
        p {
            (language.of((
                "满意率保留三位小数，其后舍去，不进位。全部数据的接口：",
                "Rates are cut off after three decimals and never rounded up. All figures are available through the API: ",
            )))
            a href="/v1/provinces" { code { "/v1/provinces" } }
        }
    }
}

/// The heading of a page of figures: what it is, in both languages, and whether it can still change.
pub(crate) fn heading(language: Language, title: &(String, String), status: Status) -> Markup {
    let other = language.other();
    let of = |language: Language| language.of((&title.0, &title.1));
    let (name, meaning) = words::status(status);
    html! {
        div.heading {
            h1 { (of(language)) }
            p.translated lang=(other.tag()) { (of(other)) }
            p.status {
                strong { (language.of(name)) }
                " "
                (language.of(meaning))
            }
        }
    }
}

/// Where the data of a page can be had.
pub(crate) fn data_links(address: &str, language: Language) -> Markup {
    let joint = if address.contains('?') { '&' } else { '?' };
    html! {
        p.data {
            span { (language.of(words::DATA)) }
            a href={ "/v1" (address) (joint) "format=csv" } { "CSV" }
            a href={ "/v1" (address) (joint) "format=json" } { "JSON" }
        }
    }
}

/// Address of a province's page.
pub(crate) fn province_address(province: Province) -> String {
    format!("/provinces/{province}")
}

/// Address of a month's page.
pub(crate) fn month_address(province: Province, month: Month) -> String {
    format!("/provinces/{province}/months/{month}")
}

/// Links from a page below a month to the pages above it.
pub(crate) fn above_month(
    province: Province,
    month: Month,
    language: Language,
) -> Vec<(String, String)> {
    vec![
        (province_address(province), format::province(province, language).to_owned()),
        (month_address(province, month), format::month(month, language)),
    ]
}

/// One title in both languages.
pub(crate) fn titled(write: impl Fn(Language) -> String) -> (String, String) {
    (write(Language::Zh), write(Language::En))
}

/// A number that may not be known.
pub(crate) fn known(value: Option<String>, language: Language) -> Markup {
    let unknown: Words = words::UNKNOWN;
    html! {
        @match value {
            Some(value) => (value),
            None => span.unknown title=(language.of(unknown)) {
                span aria-hidden="true" { "–" }
                span.hidden { (language.of(unknown)) }
            },
        }
    }
}
