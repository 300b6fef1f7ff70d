//! What is known of a month, as evidence. When a ledger closes is tested where it is decided.

use ::figures::ledger::Verdict;
use domain::Reason;

use super::*;

fn day(text: &str) -> ServedOn {
    text.parse().expect("a day")
}

/// Two reviews, of which one counts, and one service.
fn ledger_day() -> LedgerDay {
    let reviews = Tally::from([(Class::Counted, 1), (Class::SetAside(Reason::Mistaken), 1)]);
    let services = Tally::from([(Class::Service, 1)]);
    LedgerDay {
        records: 3,
        topics: [(Topic::Reviews, reviews), (Topic::Services, services)].into(),
    }
}

fn partition(topic: Topic, number: u8) -> AuditedPartition {
    let found = PartitionAudit {
        topic: number,
        first: 10,
        cut: 20,
        end: 20,
        stored: 9,
        gaps: 1,
        ..PartitionAudit::default()
    };
    AuditedPartition { topic, audited_at: EpochSeconds::new(1_690_000_000), found }
}

fn known() -> Known {
    let partitions = Topic::LOADED.into_iter().zip(1..).map(|(topic, at)| partition(topic, at));
    Known {
        ledger: [(day("2023-07-01"), ledger_day()), (day("2023-07-02"), ledger_day())].into(),
        figures: ["2023-07-01", "2023-07-02"]
            .map(|text| (day(text), FiguresDay { records: 3, counted: 1, services: 1 }))
            .into(),
        sources: Sources::default(),
        audit: Some(Audit { partitions: partitions.collect() }),
    }
}

fn reasons(change: impl FnOnce(&mut Known)) -> Vec<&'static str> {
    let mut known = known();
    change(&mut known);
    let ledger = Ledger::of(known).expect("a month with records");
    ledger.conclusion.verdict.reasons().iter().map(|reason| reason.code()).collect()
}

fn figures(known: &mut Known) -> &mut FiguresDay {
    known.figures.get_mut(&day("2023-07-02")).expect("a day")
}

#[test]
fn everything_that_is_read_of_a_month_is_evidence() {
    assert!(reasons(|_| ()).is_empty());
    assert_eq!(reasons(|known| figures(known).counted += 1), ["counted_differ"]);
    assert_eq!(reasons(|known| figures(known).services -= 1), ["services_differ"]);
    assert_eq!(reasons(|known| figures(known).records += 2), ["counter_behind"]);
    assert_eq!(reasons(|known| known.audit = None), ["never_audited"]);
    let without_class = reasons(|known| {
        known.ledger.get_mut(&day("2023-07-01")).expect("a day").topics.remove(&Topic::Services);
        known.figures.get_mut(&day("2023-07-01")).expect("a day").services = 0;
    });
    assert_eq!(without_class, ["unclassed"]);
    let ledger_ahead = reasons(|known| {
        known.figures.remove(&day("2023-07-02"));
    });
    assert_eq!(ledger_ahead, ["counter_behind"]);
    let day_unseen = reasons(|known| {
        known.ledger.remove(&day("2023-07-01"));
    });
    assert_eq!(day_unseen, ["counter_behind"]);
    let audit = |known: &mut Known, change: fn(&mut PartitionAudit)| {
        let audit = known.audit.as_mut().expect("an audit");
        audit.partitions.iter_mut().for_each(|at| change(&mut at.found));
    };
    assert_eq!(reasons(|known| audit(known, |at| at.quarantined = 1)), ["quarantined"]);
    let early = reasons(|known| {
        audit(known, |at| (at.first, at.cut, at.end, at.stored, at.gaps) = (0, 3, 3, 3, 0));
    });
    assert_eq!(early, ["audit_outgrown"], "of four reviews it has seen three");
}

#[test]
fn the_records_of_a_month_are_those_of_its_days() {
    let ledger = Ledger::of(known()).expect("a month with records");
    assert_eq!(ledger.records, 6);
    assert_eq!(ledger.conclusion.verdict, Verdict::Closes);
    assert_eq!(sum(&ledger.classes()), 6);
    assert_eq!(sum(&ledger.topic(Topic::Reviews)), 4);
    assert!(Ledger::of(Known::default()).is_none(), "a month of which nothing is known");
    let empty = Ledger::from(Known { audit: known().audit, ..Known::default() });
    assert_eq!(
        (empty.records, empty.conclusion.verdict),
        (0, Verdict::Closes),
        "late reviews only"
    );
}
