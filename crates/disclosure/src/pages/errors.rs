//! The page for an error: what is wrong, and where to continue.

use axum::response::{Html, IntoResponse, Response};
use daemon::problem::ProblemKind;
use domain::Province;
use http::header::RETRY_AFTER;
use maud::{Markup, html};

use super::format;
use super::layout::{Page, Simulated, in_language, province_address, titled};
use super::words::Words;
use crate::problem::Kind;
use crate::resource::Language;
use crate::store;

/// A page for a kind of problem, below a province if one was asked for.
pub(crate) fn page(kind: Kind, province: Option<Province>, language: Language) -> Response {
    let status = kind.facts().status;
    let (title, advice) = words(kind);
    let content = html! {
        div.heading.error {
            p.status { strong { (status.as_u16()) } }
            h1 { (language.of(title)) }
            p.lead { (language.of(advice)) }
            (links(province, language))
        }
    };
    let page = Page {
        language,
        simulated: Simulated::No,
        title: titled(|language| language.of(title).to_owned()),
        address: "/".into(),
        above: vec![],
        here: None,
        content,
    };
    let mut response = (status, Html(page.render().into_string())).into_response();
    if kind == Kind::Overloaded {
        response.headers_mut().insert(RETRY_AFTER, store::RETRY_AFTER.as_secs().into());
    }
    response
}

fn links(province: Option<Province>, language: Language) -> Markup {
    html! {
        ul.links {
            @if let Some(province) = province {
                li {
                    a href=(in_language(&province_address(province), language)) {
                        (language.of((
                            format!("{}的全部月份", format::province(province, language)),
                            format!("All months of {}", format::province(province, language)),
                        )))
                    }
                }
            }
            li {
                a href=(in_language("/", language)) {
                    (language.of(("全部省级单位", "All provinces")))
                }
            }
        }
    }
}

/// What is wrong, and what to do.
fn words(kind: Kind) -> (Words, Words) {
    match kind {
        Kind::UnknownProvince => (
            ("没有这个省级单位", "There is no such province-level unit"),
            (
                "地址中的代码不属于 32 个省级单位。例如，广东省的代码是 440000。",
                "The code in the address belongs to none of the 32 province-level units. Guangdong, for example, is 440000.",
            ),
        ),
        Kind::MalformedMonth => (
            ("月份写法有误", "The month is malformed"),
            (
                "月份应写作“四位年份-两位月份”，例如 2023-07，最早为 2019-12。",
                "Write the month as year and month, for example 2023-07. The first month is 2019-12.",
            ),
        ),
        Kind::UnknownMonth => (
            ("这个月没有数据", "There are no figures for this month"),
            (
                "本月数据尚未公布，或者没有本月数据。请从月份列表中选择。",
                "They have not been published yet, or there are none. Please choose a month from the list.",
            ),
        ),
        Kind::UnknownParameter | Kind::MalformedParameter => (
            ("地址有误", "The address is malformed"),
            (
                "地址中问号后面的某个参数无法识别。请从上一级页面重新进入。",
                "A parameter after the question mark is not valid. Please start again from one of the pages above.",
            ),
        ),
        Kind::MethodNotAllowed => (
            ("不支持该操作", "This request is not supported"),
            ("这个地址只能查看。", "This address can only be viewed."),
        ),
        Kind::Overloaded => (
            ("暂时无法读取数据", "The figures cannot be read now"),
            ("请稍候再刷新页面。", "Please wait a moment, then reload the page."),
        ),
        Kind::Internal => (
            ("系统出现错误", "Something went wrong"),
            (
                "错误已记录，请稍后再试。",
                "The fault is ours, and it has been logged. Please try again later.",
            ),
        ),
        Kind::NotFound | Kind::NotAcceptable | Kind::HttpTooOld => (
            ("没有这个页面", "There is no such page"),
            ("地址可能有误，或者页面已移动。", "The address may be wrong, or the page has moved."),
        ),
    }
}
