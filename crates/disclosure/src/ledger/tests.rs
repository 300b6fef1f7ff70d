//! When a ledger closes.

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

fn partition(topic: Topic) -> AuditedPartition {
    AuditedPartition {
        topic,
        partition: 0,
        audited_at: EpochSeconds::new(1_690_000_000),
        first: 10,
        cut: 20,
        end: 23,
        stored: 9,
        gaps: 1,
        missing: 0,
    }
}

fn known() -> Known {
    Known {
        ledger: [(day("2023-07-01"), ledger_day()), (day("2023-07-02"), ledger_day())].into(),
        figures: ["2023-07-01", "2023-07-02"]
            .map(|text| (day(text), FiguresDay { records: 3, counted: 1, services: 1 }))
            .into(),
        sources: Sources::default(),
        audit: Some(Audit { partitions: Topic::LOADED.map(partition).into() }),
        quarantined: 0,
        discarded: 0,
    }
}

/// Whether the ledger closes and which comparisons do not agree.
fn judged(change: impl FnOnce(&mut Known)) -> (Option<bool>, Vec<(CheckCode, Option<bool>)>) {
    let mut known = known();
    change(&mut known);
    let ledger = Ledger::of(known).expect("a month with records");
    let disagreeing = ledger.checks.iter().filter(|check| check.agrees != Some(true));
    (ledger.closes, disagreeing.map(|check| (check.code, check.agrees)).collect())
}

fn figures(known: &mut Known) -> &mut FiguresDay {
    known.figures.get_mut(&day("2023-07-02")).expect("a day")
}

#[test]
fn a_ledger_closes_when_everything_agrees() {
    assert_eq!(judged(|_| ()), (Some(true), vec![]));
    assert_eq!(judged(|known| known.quarantined = 7), (Some(true), vec![]), "it has its own class");
}

#[test]
fn a_ledger_without_an_audit_is_undecided() {
    let undecided = vec![(CheckCode::Offsets, None), (CheckCode::Missing, None)];
    assert_eq!(judged(|known| known.audit = None), (None, undecided));
}

#[test]
fn an_audit_from_before_the_records_came_finds_faults_and_clears_nothing() {
    let early = |missing| {
        judged(|known| {
            let audit = known.audit.as_mut().expect("an audit");
            let found = AuditedPartition {
                first: 0,
                cut: 3,
                end: 3,
                stored: 3,
                gaps: 0,
                ..audit.partitions[0]
            };
            let reviews = audit.partitions.iter_mut().find(|at| at.topic == Topic::Reviews);
            *reviews.expect("a partition") =
                AuditedPartition { topic: Topic::Reviews, stored: 3 - missing, missing, ..found };
        })
    };
    let undecided = vec![(CheckCode::Offsets, None), (CheckCode::Missing, None)];
    assert_eq!(early(0), (None, undecided), "of four reviews it has seen three");
    let missing = vec![(CheckCode::Offsets, None), (CheckCode::Missing, Some(false))];
    assert_eq!(early(1), (Some(false), missing));
}

#[test]
fn a_ledger_is_undecided_while_the_counter_is_behind() {
    let behind =
        vec![(CheckCode::Records, None), (CheckCode::Counted, None), (CheckCode::Services, None)];
    let figures_ahead = judged(|known| {
        *figures(known) = FiguresDay { records: 5, counted: 2, services: 2 };
    });
    assert_eq!(figures_ahead, (None, behind.clone()));
    let ledger_ahead = judged(|known| {
        known.figures.remove(&day("2023-07-02"));
    });
    assert_eq!(ledger_ahead, (None, behind.clone()));
    let day_unseen = judged(|known| {
        known.ledger.remove(&day("2023-07-01"));
    });
    assert_eq!(day_unseen, (None, behind.clone()));
    // Sums of a month that happen to be the same hide nothing.
    let crosswise = judged(|known| {
        figures(known).records += 1;
        known.figures.get_mut(&day("2023-07-01")).expect("a day").records -= 1;
    });
    assert_eq!(crosswise, (None, behind));
}

#[test]
fn a_ledger_does_not_close_when_the_same_records_were_counted_otherwise() {
    let other_count = judged(|known| figures(known).counted += 1);
    assert_eq!(other_count, (Some(false), vec![(CheckCode::Counted, Some(false))]));
    let other_services = judged(|known| figures(known).services -= 1);
    assert_eq!(other_services, (Some(false), vec![(CheckCode::Services, Some(false))]));
    let without_class = judged(|known| {
        known.ledger.get_mut(&day("2023-07-01")).expect("a day").topics.remove(&Topic::Services);
        known.figures.get_mut(&day("2023-07-01")).expect("a day").services = 0;
    });
    assert_eq!(without_class, (Some(false), vec![(CheckCode::Classes, Some(false))]));
    // A fault of one day is seen although another day is behind.
    let (closes, _) = judged(|known| {
        figures(known).counted += 1;
        known.figures.remove(&day("2023-07-01"));
    });
    assert_eq!(closes, Some(false));
}

#[test]
fn a_ledger_does_not_close_when_offsets_have_a_hole() {
    let change = |change: fn(&mut AuditedPartition)| {
        judged(|known| {
            let audit = known.audit.as_mut().expect("an audit");
            change(&mut audit.partitions[1]);
        })
    };
    let missing = change(|partition| {
        partition.stored -= 1;
        partition.missing += 1;
    });
    assert_eq!(missing, (Some(false), vec![(CheckCode::Missing, Some(false))]));
    let unexplained = change(|partition| partition.stored -= 1);
    assert_eq!(unexplained, (Some(false), vec![(CheckCode::Offsets, Some(false))]));
    let lost = change(|partition| partition.end = 15);
    assert_eq!(lost, (Some(false), vec![(CheckCode::Offsets, Some(false))]), "Kafka lost records");
    // One partition does not make up for another.
    let crosswise = judged(|known| {
        let audit = known.audit.as_mut().expect("an audit");
        audit.partitions[0].stored += 1;
        audit.partitions[1].stored -= 1;
    });
    assert_eq!(crosswise, (Some(false), vec![(CheckCode::Offsets, Some(false))]));
}

#[test]
fn one_difference_outweighs_everything_undecided() {
    assert_eq!(closes([Some(true), Some(true)]), Some(true));
    assert_eq!(closes([Some(true), None]), None);
    assert_eq!(closes([None, Some(false), Some(true)]), Some(false));
    assert_eq!(closes([Some(false), None]), Some(false));
}

#[test]
fn what_is_shown_of_a_check_are_sums() {
    let ledger = Ledger::of(known()).expect("a month with records");
    let check = |code| *ledger.checks.iter().find(|check| check.code == code).expect("a check");
    let offsets = check(CheckCode::Offsets);
    assert_eq!((offsets.left, offsets.right, offsets.differing), (Some(30), Some(30), Some(0)));
    assert_eq!(check(CheckCode::Classes).left, Some(6));
    assert_eq!(ledger.records, 6);
    assert_eq!(ledger.audit.as_ref().map(Audit::waiting), Some(9));
    assert_eq!(sum(&ledger.classes()), 6);
    assert_eq!(sum(&ledger.topic(Topic::Reviews)), 4);
    assert!(Ledger::of(Known::default()).is_none(), "a month of which nothing is known");
}
