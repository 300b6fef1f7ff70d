//! The page of a month's ledger: what became of every record, in words that everybody understands,
//! and whether the numbers agree.

use ::figures::Edition;
use ::figures::ledger::Conclusion;
use domain::{Class, EpochSeconds, Rate};
use maud::{Markup, html};
use topics::Topic;

use super::charts::{self, Bar, BarChart, Line, Segment, Whole};
use super::format::{self, thousands};
use super::layout::{
    Page, Simulated, above_month, data_links, heading, in_language, known, month_address, titled,
};
use super::ledger_checks::{checks, receipt, verdict};
use super::rows::{ranged, turn};
use super::tables::{Table, table};
use super::words::{self, Words};
use crate::cache::Answer;
use crate::ledger::{self, Ledger, SourceRow, Tally, words as class_words};
use crate::resource::{Language, LedgerBreakdown, LedgerRow, RowRange};

/// Which ledger a page shows, and which of its sources: what its address says, and up to when.
#[derive(Clone, Copy)]
pub(crate) struct LedgerAddress {
    pub(crate) edition: Edition,
    pub(crate) breakdown: LedgerBreakdown,
    pub(crate) range: RowRange,
    /// When Kafka took the latest record in it.
    pub(crate) as_of: Option<EpochSeconds>,
}

impl LedgerAddress {
    /// The path and the query of the page, without range and language.
    fn address(&self) -> String {
        let by = match self.breakdown.by {
            LedgerRow::Source => None,
            LedgerRow::Partition => Some("by=partition".to_owned()),
        };
        let source = self.breakdown.source.map(|source| format!("source={source}"));
        let parameters: Vec<_> = by.into_iter().chain(source).collect();
        let query = if parameters.is_empty() { "" } else { "?" };
        format!("{}{query}{}", self.path(), parameters.join("&"))
    }

    fn path(&self) -> String {
        format!("{}/ledger", month_address(self.edition.province, self.edition.month))
    }
}

pub(crate) fn page(of: LedgerAddress, ledger: &Ledger, language: Language) -> Answer {
    let Edition { province, month, status, .. } = of.edition;
    let title = titled(|language| {
        let (name, month) = (format::province(province, language), format::month(month, language));
        language.of((
            format!("{name}{month}\u{a0}· 数据台账"),
            format!("{name}, {month}\u{a0}· Ledger"),
        ))
    });
    let address = ranged(&of.address(), of.range);
    let content = html! {
        (heading(language, &title, of.edition, &as_of(of.as_of, ledger, language)))
        section {
            p.lead {
                (language.of((
                    "本页说明与本月服务有关的每一条已收到记录的去向。每条记录都有且只有一个去向；未计入统计的，均注明原因。",
                    "This page shows what became of every accepted record about services of this month. Each record has exactly one outcome. If it is not counted, the reason is given.",
                )))
            }
            (verdict(ledger, language))
            (headline(ledger, language))
        }
        (fates(&ledger.topic(Topic::Reviews), language))
        (classes(ledger, language))
        (checks(ledger, language))
        (sources(&of, ledger, language))
        (receipt(ledger, &in_language(&format!("{}?by=partition", of.path()), language), language))
        section {
            h2 { (language.of(words::DATA)) }
            (data_links(&of.address(), &address, language))
        }
    };
    let above = above_month(province, month, language);
    let here = Some(language.of(words::LEDGER_SHORT).to_owned());
    let simulated = Simulated::of(status);
    Page { language, simulated, title, address, above, here, content }.answer()
}

/// Up to when records were classed, and when the whole system was compared.
fn as_of(through: Option<EpochSeconds>, ledger: &Ledger, language: Language) -> Markup {
    let records = thousands(ledger.records);
    html! {
        @if let Some(through) = through {
            (language.of(words::LATEST_RECORD))
            strong { (format::instant(through, language)) }
            (language.of((
                format!("，共统计 {records} 条记录。"),
                format!("; {records} records in all. "),
            )))
        }
        @if let Some(audit) = &ledger.audit {
            (language.of(("最近核对时间：", "Last checked: ")))
            (format::instant(audit.audited_at(), language))
            (language.of(("。", ".")))
        }
    }
}

fn headline(ledger: &Ledger, language: Language) -> Markup {
    let topic = |topic| {
        let (zh, en) = class_words::topic(topic);
        let records = thousands(ledger::sum(&ledger.topic(topic)));
        language.of((format!("{zh} {records}"), format!("{}: {records}", en.to_lowercase())))
    };
    let parts = Topic::LOADED.map(topic).join(" · ");
    let Conclusion { waiting, quarantined, discarded, .. } = ledger.conclusion;
    html! {
        dl.headline {
            div.main {
                dt { (language.of(("收到的记录", "Records accepted"))) }
                dd.figure { (thousands(ledger.records)) }
                dd { (parts) }
            }
            div {
                dt { (language.of(("等待入库", "Waiting"))) }
                dd.figure { (known(waiting.map(thousands), language)) }
                dd {
                    (language.of((
                        "全系统已收到、尚未入库的记录（不分月份）",
                        "records of any month in the whole system that were accepted and are not loaded yet",
                    )))
                }
            }
            div {
                dt { (language.of(("异常记录", "Quarantined"))) }
                dd.figure { (known(quarantined.map(thousands), language)) }
                dd {
                    (language.of((
                        "全系统无法入库、尚未处理的记录（不能归入具体月份）",
                        "records in the whole system that could not be loaded and await a decision; they have no month",
                    )))
                }
                @if let Some(discarded) = discarded.filter(|records| *records > 0) {
                    dd {
                        (language.of(("另有经核实不予入库的（均已注明原因）：", "discarded after a decision, each with a reason: ")))
                        (thousands(discarded))
                    }
                }
            }
        }
    }
}

/// Every class of a review that does not count, and how many there are. Reasons without reviews are
/// left out where others have some.
fn uncounted(tally: &Tally) -> Vec<(Words, u64)> {
    let mut fates = Vec::new();
    for group in GROUPS.iter().filter(|group| group.is_uncounted) {
        let of_group = Class::all().filter(|class| (group.is_of)(*class));
        let with_records: Vec<_> = of_group
            .map(|class| (class_words::name(class), ledger::of_class(tally, class)))
            .filter(|(_, records)| *records > 0)
            .collect();
        if with_records.is_empty() {
            fates.push((group.name, 0));
        }
        fates.extend(with_records);
    }
    fates
}

fn fates(reviews: &Tally, language: Language) -> Markup {
    let all = ledger::sum(reviews);
    let counted = ledger::of_class(reviews, Class::Counted);
    if all == 0 {
        return html! {
            section {
                h2 { (language.of(("评价的去向", "What became of the reviews"))) }
                p { (language.of(("本月暂无评价。", "There are no reviews for this month yet."))) }
            }
        };
    }
    let with_share = |records| format::with_share(records, all, language);
    let (counted_share, rest_share) = (with_share(counted), with_share(all - counted));
    let title = language.of((
        format!("收到的 {} 条评价：计入 {counted_share}，未计入 {rest_share}", thousands(all)),
        format!(
            "Of {} accepted reviews, counted: {counted_share}; not counted: {rest_share}",
            thousands(all)
        ),
    ));
    let share = format::percent(Rate { numerator: counted, denominator: all }).unwrap_or_default();
    let counted_words = language.of(("计入统计", "counted"));
    let rest_words = language.of(("未计入", "not counted"));
    let whole = Whole(vec![
        Segment {
            class: "count",
            count: counted,
            labels: vec![
                format!("{counted_words} {counted_share}"),
                format!("{counted_words} {share}"),
            ],
            continues: false,
        },
        Segment { class: "rest", count: all - counted, labels: vec![], continues: false },
    ]);
    let lines = uncounted(reviews).into_iter().map(|(name, records)| {
        Line::Bar(Bar {
            name: language.of(name).to_owned(),
            parts: vec![("rest", records)],
            value: with_share(records),
        })
    });
    let rest_title = language.of((
        format!("未计入的 {} 条（放大显示）", thousands(all - counted)),
        format!("The {} not counted, enlarged", thousands(all - counted)),
    ));
    let rest = BarChart {
        id: "uncounted",
        title: &rest_title,
        description: language.of(("各类的条数见下表。", "The table below has the number of each.")),
        lines: lines.collect(),
    };
    html! {
        section {
            h2 { (language.of(("评价的去向", "What became of the reviews"))) }
            figure {
                figcaption {
                    span { (title) }
                    (charts::legend(&[("count", counted_words), ("rest", rest_words)]))
                }
                svg.chart role="img" aria-labelledby="fates-title fates-description" width="100%" height="34" {
                    title id="fates-title" { (title) }
                    desc id="fates-description" { (counted_words) " " (counted_share) "; " (rest_words) " " (rest_share) }
                    (whole.render(0, 34))
                }
            }
            figure { figcaption { span { (rest_title) } } (rest.render()) }
        }
    }
}

fn classes(ledger: &Ledger, language: Language) -> Markup {
    let all = ledger.classes();
    let topics: Vec<_> = ledger.topics.iter().collect();
    let lines = html! {
        tbody {
            @for class in Class::all() {
                tr {
                    th scope="row" {
                        (language.of(class_words::name(class)))
                        span.meaning { (language.of(class_words::meaning(class))) }
                    }
                    td { (thousands(ledger::of_class(&all, class))) }
                    @for (_, tally) in &topics { td { (thousands(ledger::of_class(tally, class))) } }
                }
            }
        }
        tbody {
            tr.total {
                th scope="row" { (language.of(words::TOTAL)) }
                td { (thousands(ledger::sum(&all))) }
                @for (_, tally) in &topics { td { (thousands(ledger::sum(tally))) } }
            }
        }
    };
    let columns = [("去向", "Outcome"), words::RECORDS]
        .into_iter()
        .chain(topics.iter().map(|(topic, _)| class_words::topic(*topic)));
    let columns: Vec<_> = columns.collect();
    let caption =
        language.of(("每条记录的去向及其含义", "The outcomes of records, and what each means"));
    // The meanings need the room that the columns of topics would take.
    let table = Table { id: "classes", caption, columns: &columns, of_narrow: 2, is_long: false };
    html! {
        section.classes {
            h2 { (language.of(("每条记录都有且只有一个去向", "Every record has exactly one outcome"))) }
            (table.render(&lines, language))
        }
    }
}

/// Classes as columns: those with reasons together.
struct Group {
    name: Words,
    is_uncounted: bool,
    is_of: fn(Class) -> bool,
}

const GROUPS: [Group; 9] = [
    Group {
        name: ("服务记录", "Service records"),
        is_uncounted: false,
        is_of: |class| class == Class::Service,
    },
    Group {
        name: ("计入统计", "Counted"),
        is_uncounted: false,
        is_of: |class| class == Class::Counted,
    },
    Group {
        name: ("同一服务已计入另一条", "Another counts"),
        is_uncounted: true,
        is_of: |class| class == Class::Duplicate,
    },
    Group {
        name: ("已被更正", "Corrected later"),
        is_uncounted: true,
        is_of: |class| matches!(class, Class::Superseded(_)),
    },
    Group {
        name: ("重复发送", "Sent again"),
        is_uncounted: true,
        is_of: |class| class == Class::Repeat,
    },
    Group {
        name: ("追评", "Follow-up"),
        is_uncounted: true,
        is_of: |class| class == Class::FollowUp,
    },
    Group {
        name: ("不予计入", "Set aside"),
        is_uncounted: true,
        is_of: |class| matches!(class, Class::SetAside(_)),
    },
    Group {
        name: ("非单次服务评价", "About something else"),
        is_uncounted: true,
        is_of: |class| class == Class::OtherSubject,
    },
    Group {
        name: ("评价核实认定", "Decisions"),
        is_uncounted: false,
        is_of: |class| class == Class::Disposition,
    },
];

fn sources(of: &LedgerAddress, ledger: &Ledger, language: Language) -> Markup {
    let rows = &ledger.sources.rows;
    let of_group = |row: &SourceRow, group: &Group| -> u64 {
        row.tally.iter().filter(|(class, _)| (group.is_of)(**class)).map(|(_, n)| n).sum()
    };
    let lines = html! {
        tbody {
            @for row in rows {
                tr {
                    th scope="row" {
                        @if let Some((topic, partition)) = row.at {
                            (row.source)
                            code { (topic) " " (partition) }
                        } @else {
                            a href=(in_language(&format!("{}?by=partition&source={}", of.path(), row.source), language)) {
                                (row.source)
                            }
                        }
                    }
                    td { (thousands(row.records)) }
                    @for group in &GROUPS { td { (thousands(of_group(row, group))) } }
                }
            }
        }
    };
    let columns =
        [words::SOURCE, words::RECORDS].into_iter().chain(GROUPS.iter().map(|group| group.name));
    let (caption, other) = match of.breakdown.by {
        LedgerRow::Source => (
            ("各来源的记录（由多到少）", "Records by source, most first"),
            // The part for technical readers leads to the list by topic and partition.
            None,
        ),
        LedgerRow::Partition => (
            (
                "各来源在各主题、各分区的记录（由多到少）",
                "Records by source, topic and partition, most first",
            ),
            Some((of.path(), ("全部来源", "All sources"))),
        ),
    };
    let shown = (rows.len() as u64, ledger.sources.total_rows);
    html! {
        section {
            h2 { (language.of(("按来源", "By source"))) }
            p {
                (language.of((
                    "来源是发送记录的系统，例如一个市的评价平台或一款手机应用。",
                    "A source is a system that sends records, such as a city's rating platform or a mobile app.",
                )))
            }
            @if rows.is_empty() {
                p { (language.of(("暂无数据。", "There are no figures."))) }
            } @else {
                (table("sources", language.of(caption), &columns.collect::<Vec<_>>(), &lines, language))
            }
            (turn(&of.address(), of.range, shown, language))
            @if let Some((address, text)) = other {
                nav.finer aria-label=(language.of(("分项数据", "Detailed figures"))) {
                    ul { li { a href=(in_language(&address, language)) { (language.of(text)) } } }
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
