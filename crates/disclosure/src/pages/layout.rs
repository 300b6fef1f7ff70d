//! The frame of every page.

use ::figures::{Coverage, Edition, Status};
use domain::{Month, Province};
use maud::{DOCTYPE, Markup, html};

use super::assets::{ICON_NAME, STYLE_NAME};
use super::format::{self, thousands};
use super::words::{self, Words};
use crate::cache::Answer;
use crate::extension::Extension;
use crate::resource::Language;

/// Whether a page shows figures that rest on simulated records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Simulated {
    No,
    /// It shows figures of a simulated month.
    Yes,
    /// It is a list that names simulated months.
    Listed,
}

impl Simulated {
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Simulated => Self::Yes,
            Status::Provisional => Self::No,
        }
    }

    /// What a list says that names months of these statuses.
    pub(crate) fn of_list(statuses: impl IntoIterator<Item = Status>) -> Self {
        let mut statuses = statuses.into_iter();
        if statuses.any(|status| status == Status::Simulated) { Self::Listed } else { Self::No }
    }

    /// What the banner and the title say, if they say anything.
    fn words(self) -> Option<Words> {
        match self {
            Self::No => None,
            Self::Yes => Some(words::SIMULATED),
            Self::Listed => Some(("含模拟数据", "Includes simulated data")),
        }
    }
}

/// A page without its frame.
pub(crate) struct Page {
    pub(crate) language: Language,
    pub(crate) simulated: Simulated,
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
        let Self { language, simulated, title, address, above, here, content } = self;
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
                    title {
                        @if let Some((zh, en)) = simulated.words() {
                            (language.of((format!("【{zh}】"), format!("[{en}] "))))
                        }
                        (own) " · " (other.of((zh, en)))
                    }
                    link rel="stylesheet" href={ "/assets/" (*STYLE_NAME) };
                    link rel="icon" type="image/svg+xml" href={ "/assets/" (*ICON_NAME) };
                    link rel="alternate" hreflang=(other.tag()) href=(there);
                }
                body class=[(simulated != Simulated::No).then_some("simulated")] {
                    a.skip href="#content" { (language.of(words::SKIP)) }
                    (banner(simulated, language))
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
                        p.printed {
                            (language.of(("站内地址：", "Address on this site: "))) (in_language(&address, language))
                        }
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
                "评价按所评服务的发生月份统计。每项比率均可查到分子、分母和统计规则版本；没有评价时不计算比率。",
                "A review counts in the month of the service it rates. Every rate comes with its numerator, its denominator and the version of the counting rule. No rate is shown where there are no reviews.",
            )))
        }
        p {
            (language.of(words::ROUNDED))
            (language.of(("", " ")))
            (language.of((
                "接近零或接近全部的比率用“<”“>”表示，不显示为0或100%。全部数据的接口：",
                "A rate that is almost zero or almost all is written with < or >, never as 0 or 100%. All figures are available through the API: ",
            )))
            a href="/v1/provinces" { code { "/v1/provinces" } }
        }
    }
}

/// What stands above everything while a page shows simulated figures, in both languages.
fn banner(simulated: Simulated, language: Language) -> Markup {
    let other = language.other();
    html! {
        @if let Some(text) = simulated.words() {
            div.banner role="note" {
                div.inner {
                    strong { (language.of(text)) }
                    span lang=(other.tag()) { (other.of(text)) }
                    @if simulated == Simulated::Yes {
                        span.sentence { (language.of(("不反映真实情况，请勿引用", "Not real. Do not quote."))) }
                    }
                }
            }
        }
    }
}

/// The heading of a page of figures: what it is, in both languages, whether it can still change, and
/// up to when it was counted.
pub(crate) fn heading(
    language: Language,
    title: &(String, String),
    edition: Edition,
    as_of: &Markup,
) -> Markup {
    let other = language.other();
    let of = |language: Language| language.of((&title.0, &title.1));
    let (name, meaning) = words::status(edition.status);
    html! {
        div.heading {
            h1 { (with_breaks(of(language))) }
            p.translated lang=(other.tag()) { (of(other)) }
            p.status {
                strong { (language.of(name)) }
                " "
                (language.of(meaning))
            }
            p.as-of {
                (as_of)
                (language.of((
                    format!("统计规则第 {} 版。", edition.rule),
                    format!(" Counting rule, version {}.", edition.rule),
                )))
            }
        }
    }
}

/// A title that may be broken between its phrases: browsers do not know where those of Chinese end.
fn with_breaks(title: &str) -> Markup {
    const PHRASES: [&str; 2] = ["政务服务", "“好差评”"];
    let mut starts: Vec<_> = PHRASES.iter().filter_map(|phrase| title.find(phrase)).collect();
    starts.sort_unstable();
    let ends = starts.iter().copied().chain([title.len()]);
    let pieces = std::iter::once(0).chain(starts.iter().copied()).zip(ends);
    html! {
        @for (from, to) in pieces {
            @if from > 0 { wbr; }
            (title[from..to])
        }
    }
}

/// Up to when something was counted, and how many records that were.
pub(crate) fn as_of(coverage: Coverage, language: Language) -> Markup {
    let records = thousands(coverage.records);
    html! {
        @match coverage.through {
            Some(through) => {
                (language.of(words::LATEST_RECORD))
                strong { (format::instant(through, language)) }
                (language.of((
                    format!("，共统计 {records} 条记录。"),
                    format!("; {records} records in all."),
                )))
            },
            None => (language.of(("尚未统计任何记录。", "No record has been counted yet."))),
        }
    }
}

/// Where the data of a page can be had, below a heading that says so. `whole` is the address of all of
/// it and `shown` of the rows that the page shows: a file has all rows.
pub(crate) fn data_links(whole: &str, shown: &str, language: Language) -> Markup {
    html! {
        p.data { (links_to_data(whole, shown, language)) }
    }
}

/// Where the data of a page can be had, with a label.
pub(crate) fn labelled_data_links(whole: &str, shown: &str, language: Language) -> Markup {
    html! {
        p.data {
            span { (language.of(words::DATA)) }
            (links_to_data(whole, shown, language))
        }
    }
}

fn links_to_data(whole: &str, shown: &str, language: Language) -> Markup {
    // A label begins with what is seen, so that a reader who speaks to the browser can name the link.
    let [of_csv, of_json] = if whole == shown {
        ["CSV", "JSON"].map(str::to_owned)
    } else {
        let of_csv = language.of(("CSV（全部）", "CSV (all)"));
        [of_csv, language.of(("JSON（本页）", "JSON (this page)"))].map(str::to_owned)
    };
    let label =
        |seen: &str| language.of((format!("{seen}数据下载"), format!("{seen}: download data")));
    html! {
        a href=(address_of_data(whole, Extension::Csv)) aria-label=(label(&of_csv)) { (of_csv) }
        a href=(address_of_data(shown, Extension::Json)) aria-label=(label(&of_json)) { (of_json) }
    }
}

/// The address of the API for what a page shows.
fn address_of_data(address: &str, extension: Extension) -> String {
    let (path, query) = address.split_at(address.find('?').unwrap_or(address.len()));
    format!("/v1{path}{}{query}", extension.suffix())
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
