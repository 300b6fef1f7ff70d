//! The parts of the ledger's page that say whether to trust it: the verdict, the comparisons, and
//! the use of a receipt. Colour alone never carries information.

use ::figures::ledger::{Check, CheckCode, PartitionAudit, Reason, Verdict};
use maud::{Markup, html};

use super::format::{self, thousands};
use super::layout::known;
use super::tables::table;
use super::words::Words;
use crate::ledger::{Audit, Ledger, words};
use crate::resource::Language;

/// A sign, the class that colours it, and what it says.
type Mark = (&'static str, &'static str, Words);

const AGREES: Mark = ("✓", "good", ("一致", "Agrees"));
const DIFFERS: Mark = ("✗", "wrong", ("不一致", "Differs"));
const UNDECIDED: Mark = ("…", "open", ("尚无结论", "Not decided yet"));

fn mark(agrees: Option<bool>) -> Mark {
    match agrees {
        Some(true) => AGREES,
        Some(false) => DIFFERS,
        None => UNDECIDED,
    }
}

fn mark_of(verdict: &Verdict) -> (&'static str, &'static str) {
    let agrees = match verdict {
        Verdict::Closes => Some(true),
        Verdict::Open(_) => Some(false),
        Verdict::Undecided(_) => None,
    };
    let (sign, class, _) = mark(agrees);
    (sign, class)
}

/// Whether the ledger closes, and if it does not, or not yet, why. Words of the API stand beside those
/// for people, so that a page can be compared with it.
pub(super) fn verdict(ledger: &Ledger, language: Language) -> Markup {
    let verdict = &ledger.conclusion.verdict;
    let (sign, class) = mark_of(verdict);
    html! {
        div class={ "verdict " (class) } data-verdict=(verdict.code()) {
            strong { span.sign aria-hidden="true" { (sign) } " " (language.of(words::verdict(verdict))) }
            @if let Some(sentence) = words::advice(verdict) { p { (language.of(sentence)) } }
            @if !verdict.reasons().is_empty() {
                ul.reasons {
                    @for reason in verdict.reasons() {
                        li data-code=(reason.code()) data-count=[reason.count()] {
                            (sentence(*reason, language))
                        }
                    }
                }
            }
        }
    }
}

fn sentence(reason: Reason, language: Language) -> String {
    let count = reason.count().map_or_else(String::new, thousands);
    language.of(reason.sentences()).replace("{count}", &count)
}

pub(super) fn checks(ledger: &Ledger, language: Language) -> Markup {
    html! {
        section {
            h2 { (language.of(("核对", "Checks"))) }
            p {
                (language.of((
                    "仅内部加总一致，不足以证明数据完整；还须与公布的数据一致，并与消息系统为每条记录分配的序号一致。",
                    "It is not enough that the ledger adds up. It must also agree with the published figures, and with the numbers that the messaging system assigned to the records.",
                )))
            }
            ul.checks {
                @for check in &ledger.checks { (one_check(check, language)) }
            }
            p.note {
                @match &ledger.audit {
                    Some(audit) => {
                        (language.of(("全系统各项的最近核对时间：", "The whole system was last checked at ")))
                        (format::instant(audit.audited_at(), language))
                        (language.of(("。", ".")))
                    },
                    None => (language.of((
                        "全系统各项近一小时内尚未核对。",
                        "The whole system was not checked within the last hour.",
                    ))),
                }
            }
        }
    }
}

fn one_check(check: &Check, language: Language) -> Markup {
    let (sign, class, word) = mark(check.agrees);
    let joint = if check.left == check.right { "=" } else { "≠" };
    html! {
        li class=(class) {
            p.result {
                strong { span.sign aria-hidden="true" { (sign) } " " (language.of(word)) }
                @if check.left.is_some() {
                    span.numbers {
                        (known(check.left.map(thousands), language))
                        " " (joint) " "
                        (known(check.right.map(thousands), language))
                    }
                }
            }
            p { (language.of(words::statement(check.code))) }
            @if let Some(units) = differing(check, language) { p { strong { (units) } } }
            p.meaning { (language.of(words::if_it_fails(check.code))) }
        }
    }
}

/// On how many days, or in how many partitions, the numbers differ although the sums may not.
fn differing(check: &Check, language: Language) -> Option<String> {
    let units = check.differing.filter(|units| *units > 0).map(thousands)?;
    Some(match check.code {
        CheckCode::Classes | CheckCode::Records | CheckCode::Counted | CheckCode::Services => {
            language
                .of((format!("有 {units} 天数据不一致。"), format!("Days that differ: {units}.")))
        }
        CheckCode::Offsets
        | CheckCode::Missing
        | CheckCode::StoredTwice
        | CheckCode::AnotherKafka => language.of((
            format!("有 {units} 个分区数据不一致。"),
            format!("Partitions that differ: {units}."),
        )),
    })
}

/// What a receipt can be used for now, and what it cannot.
pub(super) fn receipt(ledger: &Ledger, partitions: &str, language: Language) -> Markup {
    html! {
        section {
            h2 { (language.of(("怎样用回执核对", "How to use a receipt"))) }
            p.lead.small {
                (language.of((
                    "每条记录被接收时，发送方（评价器、手机应用、网站）都会得到一份回执。凭回执可以核对该记录是否已入库、是否只有一个去向。",
                    "When a record is accepted, the system that sent it (a device at a counter, an app, a website) gets a receipt. With it, anyone can check that the record is stored and has exactly one outcome.",
                )))
            }
            details {
                summary { (language.of(("核对方法和全系统核对表（供技术人员）", "How to check, and the table of the whole system (for technical readers)"))) }
            div.prose {
                p {
                    (language.of((
                        "回执载明四项：",
                        "A receipt has four fields: ",
                    )))
                    code { "event" } (language.of(("（内容的哈希值，64 位）、", " (the hash of its content, 64 digits), ")))
                    code { "topic" } (language.of(("（主题）、", ", ")))
                    code { "partition" } (language.of(("（分区）和 ", " and ")))
                    code { "offset" } (language.of(("（在分区中的序号）。", " (its number within the partition).")))
                }
                p {
                    strong { (language.of(("目前可以：", "What can be done now: "))) }
                    (language.of((
                        "在下方核对表中找到回执所载的主题和分区。如回执序号小于“核对至”，且该分区没有缺失，则该记录已入库，有且只有一个去向：列入服务所在月份的数据台账，或列为异常记录。",
                        "Find the topic and the partition of the receipt in the table below. If its offset is below “checked to” and nothing is missing in that partition, the record is stored and has exactly one outcome: it is in the ledger of the month of its service, or it is quarantined. ",
                    )))
                    (language.of(("各来源在每个分区有多少记录，见", "For the number of records of each source in each partition, see the list ")))
                    a href=(partitions) { (language.of(("按主题和分区的列表", "by topic and partition"))) }
                    (language.of(("。同一内容再次发送，哈希值相同而序号不同，只统计一次。", ". The same content sent again has the same hash and another offset, and is counted once.")))
                }
                p {
                    strong { (language.of(("目前还不能：", "What cannot be done yet: "))) }
                    (language.of((
                        "凭单张回执查询该记录归入哪一类；公开接口暂不提供单条记录查询。",
                        "look up the outcome of a single record by its receipt. The public API does not offer single records yet.",
                    )))
                }
            }
            @match &ledger.audit {
                Some(audit) => (audit_table(audit, language)),
                None => p.note {
                    (language.of((
                        "近一小时内尚未核对，暂无核对表。",
                        "There was no comparison within the last hour, so there is no table now.",
                    )))
                },
            }
            }
        }
    }
}

fn audit_table(audit: &Audit, language: Language) -> Markup {
    let lines = html! {
        tbody {
            @for at in &audit.partitions {
                tr {
                    th scope="row" { (at.topic) " " (at.found.partition) }
                    @for number in numbers(&at.found) { td { (thousands(number)) } }
                }
            }
        }
    };
    let columns = [
        ("主题和分区", "Topic and partition"),
        ("核对自", "Checked from"),
        ("核对至", "Checked to"),
        ("下一序号", "Next offset"),
        ("已入库", "Stored"),
        ("空号", "No record"),
        ("缺失", "Missing"),
        ("重复", "Twice"),
        ("未处理异常", "Quarantined"),
    ];
    html! {
        (table("audit", language.of(("各分区的核对结果", "What was found in each partition")), &columns, &lines, language))
    }
}

/// What is shown of a partition, in the order of the columns.
fn numbers(found: &PartitionAudit) -> [u64; 8] {
    let PartitionAudit { first, cut, end, stored, gaps, missing, doubled, quarantined, .. } =
        *found;
    [first, cut, end, stored, gaps, missing, doubled, quarantined]
}
