//! Tests the ledger in JSON and CSV.

use std::collections::BTreeMap;

use ::figures::Edition;
use domain::class::Superseded;
use domain::{EpochSeconds, Reason};
use serde_json::json;

use topics::Topic;

use super::super::tables;
use super::*;
use crate::ledger::{FiguresDay, Known, Ledger, LedgerDay, LedgerMoments, Sources};
use crate::model::LedgerOfMonth;
use crate::resource::{ALL_ROWS, LedgerBreakdown, LedgerRow};

fn july() -> Edition {
    Edition::provisional(
        "440000".parse().expect("a province"),
        "2023-07".parse().expect("a month"),
        1,
    )
}

fn partition(topic: Topic, number: u8) -> AuditedPartition {
    let found = PartitionAudit {
        topic: number,
        cut: 9,
        end: 9,
        stored: 8,
        gaps: 1,
        ..PartitionAudit::default()
    };
    AuditedPartition { topic, audited_at: EpochSeconds::new(1_691_971_200), found }
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
    };
    Ledger::of(known).expect("a month with records")
}

fn audited() -> Audit {
    Audit { partitions: vec![partition(Topic::Services, 1), partition(Topic::Reviews, 2)] }
}

/// A ledger that was written through a moment, beside figures that were counted through another.
fn of_july(by: LedgerRow, ledger: Ledger) -> LedgerOfMonth {
    let moments = LedgerMoments {
        ledger: Some(EpochSeconds::new(1_692_065_405)),
        figures: Some(EpochSeconds::new(1_692_065_404)),
    };
    let breakdown = LedgerBreakdown { by, source: None };
    LedgerOfMonth { edition: july(), breakdown, range: ALL_ROWS, moments, ledger }
}

fn body(by: LedgerRow, ledger: Ledger) -> serde_json::Value {
    serde_json::from_slice(json(&of_july(by, ledger)).body()).expect("JSON")
}

#[test]
fn every_class_is_there_and_each_with_its_reason() {
    let body = body(LedgerRow::Source, small(Some(audited()), false));
    let classes = body["classes"].as_array().expect("a list").iter();
    let lines = classes.map(|line| {
        let name = format!("{} / {}", line["name"]["zh"], line["name"]["en"]);
        format!("{} {} {} {name}", line["class"], line["reason"], line["records"])
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    "counted" null 1 "计入统计" / "Counted"
    "duplicate" null 0 "同一服务已计入另一条" / "Another review counts"
    "follow_up" null 0 "追评" / "Follow-up"
    "other_subject" null 0 "非单次服务评价" / "About something else"
    "set_aside" "not_valid" 0 "不予计入：无效评价" / "Set aside: not valid"
    "set_aside" "mistaken" 1 "不予计入：误评" / "Set aside: mistaken"
    "set_aside" "malicious" 0 "不予计入：恶意差评" / "Set aside: malicious"
    "set_aside" "fabricated" 0 "不予计入：虚假好评" / "Set aside: fabricated"
    "set_aside" "test" 0 "不予计入：测试" / "Set aside: a test"
    "superseded" "lower_revision" 1 "已被更正" / "Corrected later"
    "superseded" "same_revision" 0 "内容矛盾，未采用" / "Contradicted"
    "repeat" null 1 "重复发送" / "Sent again"
    "service" null 1 "服务记录" / "Service record"
    "disposition" null 0 "评价核实认定" / "Decision"
    "#);
    assert_eq!(body["as_of"], "2023-08-15T10:10:04+08:00", "both have it");
    let figures = &body["records_through"]["figures"];
    assert_eq!(figures, "2023-08-15T10:10:04+08:00", "one second of records is not counted yet");
    insta::assert_json_snapshot!(body["topics"], @r#"
    [
      {
        "classes": [
          {
            "class": "service",
            "reason": null,
            "records": 1
          }
        ],
        "records": 1,
        "topic": "services"
      },
      {
        "classes": [
          {
            "class": "counted",
            "reason": null,
            "records": 1
          },
          {
            "class": "set_aside",
            "reason": "mistaken",
            "records": 1
          },
          {
            "class": "superseded",
            "reason": "lower_revision",
            "records": 1
          },
          {
            "class": "repeat",
            "reason": null,
            "records": 1
          }
        ],
        "records": 4,
        "topic": "reviews"
      },
      {
        "classes": [],
        "records": 0,
        "topic": "dispositions"
      }
    ]
    "#);
}

#[test]
fn a_ledger_that_closes_says_by_which_numbers() {
    let body = body(LedgerRow::Source, small(Some(audited()), false));
    assert_eq!((&body["verdict"], &body["reasons"]), (&json!("closes"), &json!([])));
    let checks = body["checks"].as_array().expect("a list").iter();
    let lines = checks.map(|check| {
        let numbers = format!("{} {} {}", check["left"], check["right"], check["differing"]);
        format!("{} {numbers} {}", check["code"], check["agrees"])
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    "classes" 5 5 0 true
    "records" 5 5 0 true
    "counted" 1 1 0 true
    "services" 1 1 0 true
    "offsets" 18 18 0 true
    "missing" 0 0 0 true
    "stored_twice" 0 0 0 true
    "another_kafka" 0 0 0 true
    "#);
    insta::assert_json_snapshot!(body["sources"], @r#"
    {
      "by": "source",
      "rows": [
        {
          "classes": [
            {
              "class": "counted",
              "reason": null,
              "records": 1
            },
            {
              "class": "set_aside",
              "reason": "mistaken",
              "records": 1
            },
            {
              "class": "superseded",
              "reason": "lower_revision",
              "records": 1
            },
            {
              "class": "repeat",
              "reason": null,
              "records": 1
            }
          ],
          "partition": null,
          "records": 4,
          "source": "simulator",
          "topic": null
        }
      ],
      "total_rows": 2
    }
    "#);
    insta::assert_json_snapshot!(body["audit"]["partitions"][1], @r#"
    {
      "audited_at": "2023-08-14T00:00:00Z",
      "cut": 9,
      "differs": false,
      "doubled": 0,
      "end": 9,
      "first": 0,
      "gaps": 1,
      "missing": 0,
      "partition": 0,
      "stored": 8,
      "topic": "reviews"
    }
    "#);
}

/// A quarantined record, and some that wait.
fn open() -> Audit {
    let mut audit = audited();
    for partition in &mut audit.partitions {
        let found = &mut partition.found;
        (found.quarantined, found.discarded, found.end) = (3, 1, 11);
    }
    audit
}

#[test]
fn a_ledger_that_is_open_says_why() {
    let body = body(LedgerRow::Source, small(Some(open()), false));
    let reasons = json!([{"code": "quarantined", "count": 6}, {"code": "waiting", "count": 4}]);
    assert_eq!((&body["verdict"], &body["reasons"]), (&json!("open"), &reasons));
    let whole = ["waiting", "quarantined", "discarded"].map(|field| body[field].as_u64());
    assert_eq!(whole, [Some(4), Some(6), Some(2)]);
}

#[test]
fn what_was_never_audited_is_null() {
    let body = body(LedgerRow::Partition, small(None, true));
    for field in ["waiting", "quarantined", "discarded", "audit"] {
        assert!(body[field].is_null(), "{field}: {}", body[field]);
    }
    let reasons = json!([{"code": "never_audited"}]);
    assert_eq!((&body["verdict"], &body["reasons"]), (&json!("undecided"), &reasons));
    insta::assert_json_snapshot!(body["checks"][5], @r#"
    {
      "agrees": null,
      "code": "missing",
      "differing": null,
      "left": null,
      "right": null,
      "statement": {
        "en": "Whole system: no record that was accepted is missing from the database.",
        "zh": "全系统：缺失的记录数为零，即核对范围内收到的记录均已入库。"
      }
    }
    "#);
    assert_eq!(body["sources"]["rows"][0]["topic"], "reviews");
    assert_eq!(body["sources"]["rows"][0]["partition"], 3);
}

#[test]
fn the_ledger_in_csv_has_every_class_of_the_month_and_those_of_its_parts_that_have_records() {
    let text = |ledger: Ledger| {
        let answer = tables::of_ledger(false, &of_july(LedgerRow::Source, ledger));
        String::from_utf8(answer.body().to_vec()).expect("UTF-8").replace("\r\n", "\n")
    };
    insta::assert_snapshot!(text(small(Some(audited()), false)), @r"
    province,month,status,rule,as_of,records_through_ledger,records_through_figures,verdict,reasons,slice,source,topic,partition,class,reason,name_zh,name_en,records
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,counted,,计入统计,Counted,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,duplicate,,同一服务已计入另一条,Another review counts,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,follow_up,,追评,Follow-up,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,other_subject,,非单次服务评价,About something else,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,set_aside,not_valid,不予计入：无效评价,Set aside: not valid,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,set_aside,mistaken,不予计入：误评,Set aside: mistaken,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,set_aside,malicious,不予计入：恶意差评,Set aside: malicious,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,set_aside,fabricated,不予计入：虚假好评,Set aside: fabricated,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,set_aside,test,不予计入：测试,Set aside: a test,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,superseded,lower_revision,已被更正,Corrected later,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,superseded,same_revision,内容矛盾，未采用,Contradicted,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,repeat,,重复发送,Sent again,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,service,,服务记录,Service record,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,total,,,,disposition,,评价核实认定,Decision,0
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,topic,,services,,service,,服务记录,Service record,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,topic,,reviews,,counted,,计入统计,Counted,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,topic,,reviews,,set_aside,mistaken,不予计入：误评,Set aside: mistaken,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,topic,,reviews,,superseded,lower_revision,已被更正,Corrected later,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,topic,,reviews,,repeat,,重复发送,Sent again,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,source,simulator,,,counted,,计入统计,Counted,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,source,simulator,,,set_aside,mistaken,不予计入：误评,Set aside: mistaken,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,source,simulator,,,superseded,lower_revision,已被更正,Corrected later,1
    440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,closes,,source,simulator,,,repeat,,重复发送,Sent again,1
    ");
    let is_open = text(small(Some(open()), false));
    assert!(is_open.contains(",open,quarantined:6 waiting:4,total,"), "{is_open}");
    let by_partition = text(small(None, true));
    insta::assert_snapshot!(by_partition.lines().last().expect("a line"), @"440000,2023-07,provisional,1,2023-08-15T10:10:04+08:00,2023-08-15T10:10:05+08:00,2023-08-15T10:10:04+08:00,undecided,never_audited,partition,simulator,reviews,3,repeat,,重复发送,Sent again,1");
}
