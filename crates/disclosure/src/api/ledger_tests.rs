//! The ledger as machines get it.

use std::collections::BTreeMap;

use domain::class::Superseded;
use domain::{EpochSeconds, Reason};

use super::*;
use crate::ledger::{FiguresDay, Known, LedgerDay, Sources};

fn place() -> (Province, Month) {
    ("440000".parse().expect("a province"), "2023-07".parse().expect("a month"))
}

fn partition(topic: Topic) -> AuditedPartition {
    AuditedPartition {
        topic,
        partition: 0,
        audited_at: EpochSeconds::new(1_691_971_200),
        first: 0,
        cut: 9,
        end: 11,
        stored: 8,
        gaps: 1,
        missing: 0,
    }
}

/// One service and four reviews, of which one counts.
fn small(audit: Option<Audit>, by_partition: bool) -> Ledger {
    let reviews = Tally::from([
        (Class::Counted, 1),
        (Class::Repeat, 1),
        (Class::SetAside(Reason::Mistaken), 1),
        (Class::Superseded(Superseded::LowerRevision), 1),
    ]);
    let services = Tally::from([(Class::Service, 1)]);
    let day = "2023-07-05".parse().expect("a day");
    let topics = BTreeMap::from([(Topic::Services, services), (Topic::Reviews, reviews.clone())]);
    let row = SourceRow {
        source: "simulator".into(),
        at: by_partition.then_some((Topic::Reviews, 3)),
        records: 4,
        tally: reviews,
    };
    let known = Known {
        ledger: [(day, LedgerDay { records: 5, topics })].into(),
        figures: [(day, FiguresDay { records: 5, counted: 1, services: 1 })].into(),
        sources: Sources { rows: vec![row], total_rows: 2 },
        audit,
        quarantined: 6,
    };
    Ledger::of(known).expect("a month with records")
}

fn audited() -> Option<Audit> {
    Some(Audit { partitions: vec![partition(Topic::Services), partition(Topic::Reviews)] })
}

fn body(by: LedgerRow, ledger: &Ledger) -> serde_json::Value {
    let (province, month) = place();
    serde_json::from_slice(json(province, month, by, ledger).body()).expect("JSON")
}

#[test]
fn every_class_is_there_and_each_with_its_reason() {
    let body = body(LedgerRow::Source, &small(audited(), false));
    let classes = body["classes"].as_array().expect("a list").iter();
    let lines = classes.map(|line| {
        let name = format!("{} / {}", line["name"]["zh"], line["name"]["en"]);
        format!("{} {} {} {name}", line["class"], line["reason"], line["records"])
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"");
    insta::assert_json_snapshot!(body["topics"], @"");
}

#[test]
fn a_ledger_that_closes_says_by_which_numbers() {
    let body = body(LedgerRow::Source, &small(audited(), false));
    assert_eq!(body["closes"], true);
    let checks = body["checks"].as_array().expect("a list").iter();
    let lines = checks.map(|check| {
        let numbers = format!("{} {} {}", check["left"], check["right"], check["differing"]);
        format!("{} {numbers} {}", check["code"], check["agrees"])
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"");
    insta::assert_json_snapshot!(body["sources"], @"");
    insta::assert_json_snapshot!(body["audit"]["partitions"][1], @"");
    assert_eq!((&body["waiting"], &body["quarantined"]), (&4.into(), &6.into()));
}

#[test]
fn what_was_never_audited_is_null() {
    let body = body(LedgerRow::Partition, &small(None, true));
    for field in ["closes", "waiting", "audit"] {
        assert!(body[field].is_null(), "{field}: {}", body[field]);
    }
    insta::assert_json_snapshot!(body["checks"][5], @"");
    assert_eq!(body["sources"]["rows"][0]["topic"], "reviews");
    assert_eq!(body["sources"]["rows"][0]["partition"], 3);
}

#[test]
fn the_ledger_in_csv_has_every_class_of_the_month_and_those_of_its_parts_that_have_records() {
    let (province, month) = place();
    let text = |ledger: &Ledger| {
        let answer = csv(province, month, ledger);
        String::from_utf8(answer.body().to_vec()).expect("UTF-8").replace("\r\n", "\n")
    };
    insta::assert_snapshot!(text(&small(audited(), false)), @"");
    let by_partition = text(&small(None, true));
    insta::assert_snapshot!(by_partition.lines().last().expect("a line"), @"");
}
