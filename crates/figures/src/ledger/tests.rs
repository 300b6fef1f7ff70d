//! When a ledger closes.

use std::collections::BTreeMap;

use domain::{ProvinceMonth, ServedOn};
use serde_json::json;
use strum::VariantNames;

use super::*;

fn day(text: &str) -> ServedOn {
    text.parse().expect("a day")
}

fn july() -> ProvinceMonth {
    ProvinceMonth {
        province: "440000".parse().expect("a province"),
        month: "2023-07".parse().expect("a month"),
    }
}

const SERVICES: u8 = 1;
const REVIEWS: u8 = 2;
const DISPOSITIONS: u8 = 3;

/// Three partitions of ten offsets, of which nine are stored and one has no record.
fn installation() -> Installation {
    let partition = |topic| PartitionAudit {
        topic,
        first: 10,
        cut: 20,
        end: 20,
        stored: 9,
        gaps: 1,
        ..PartitionAudit::default()
    };
    Installation { partitions: Some([SERVICES, REVIEWS, DISPOSITIONS].map(partition).into()) }
}

/// Two days, each with two reviews of which one counts, and with one service.
fn month() -> MonthEvidence {
    let seen = Seen { records: 3, services: 1, counted: 1 };
    let days = ["2023-07-01", "2023-07-02"].map(day);
    let classed = |day| Classed { unit: ClassedUnit::Day(day), records: 3, classed: 3 };
    MonthEvidence {
        days: days.map(|day| (day, DayEvidence { ledger: seen, figures: seen })).into(),
        classed: days.map(classed).into(),
        classed_by_topic: BTreeMap::from([(SERVICES, 2), (REVIEWS, 4)]),
    }
}

/// The verdict after a change, and the checks that do not agree. The two never contradict each other.
fn judged(
    change: impl FnOnce(&mut Installation, &mut MonthEvidence),
) -> (Verdict, Vec<(CheckCode, Option<bool>)>) {
    let (mut installation, mut month) = (installation(), month());
    change(&mut installation, &mut month);
    let verdict = conclude(&installation, [&month]).verdict;
    let checks = checks(&installation, &month);
    let disagreeing: Vec<_> = checks
        .iter()
        .filter(|check| check.agrees != Some(true))
        .map(|check| (check.code, check.agrees))
        .collect();
    if verdict.closes() {
        assert_eq!(disagreeing, []);
    }
    if disagreeing.iter().any(|(_, agrees)| *agrees == Some(false)) {
        assert!(matches!(verdict, Verdict::Open(_)), "{verdict:?}: {disagreeing:?}");
    }
    // Whatever a finding tells of stands against the ledger.
    let found = findings(&installation, &BTreeMap::from([(july(), month)]));
    let has_fault =
        verdict.reasons().iter().any(|why| !why.passes() && why.code() != "quarantined");
    assert_eq!(has_fault, !found.is_empty(), "{verdict:?}: {found:?}");
    (verdict, disagreeing)
}

fn verdict(change: impl FnOnce(&mut Installation, &mut MonthEvidence)) -> Verdict {
    judged(change).0
}

fn partition(installation: &mut Installation) -> &mut PartitionAudit {
    &mut installation.partitions.as_mut().expect("an audit")[1]
}

fn second_day(month: &mut MonthEvidence) -> &mut DayEvidence {
    month.days.get_mut(&day("2023-07-02")).expect("a day")
}

fn open(reason: Reason) -> Verdict {
    assert!(!reason.passes());
    Verdict::Open(vec![reason])
}

fn undecided(reason: Reason) -> Verdict {
    assert!(reason.passes());
    Verdict::Undecided(vec![reason])
}

#[test]
fn a_ledger_closes_when_everything_agrees() {
    assert_eq!(judged(|_, _| ()), (Verdict::Closes, vec![]));
    assert_eq!(conclude(&installation(), []).verdict, Verdict::Closes, "nothing was accepted yet");
}

#[test]
fn a_quarantined_record_stands_against_every_month_until_somebody_decides_on_it() {
    assert_eq!(verdict(|all, _| partition(all).quarantined = 7), open(Reason::Quarantined(7)));
    let mut all = installation();
    partition(&mut all).quarantined = 7;
    assert_eq!(conclude(&all, []).verdict, open(Reason::Quarantined(7)));
}

#[test]
fn a_discarded_record_stands_against_nothing() {
    assert_eq!(verdict(|all, _| partition(all).discarded = 7), Verdict::Closes);
}

#[test]
fn a_ledger_is_open_when_a_record_is_missing() {
    let missing = judged(|all, _| {
        partition(all).stored -= 1;
        partition(all).missing += 1;
    });
    let check = vec![(CheckCode::Missing, Some(false))];
    assert_eq!(missing, (open(Reason::Missing(1)), check));
}

#[test]
fn a_ledger_is_open_when_offsets_are_unaccounted_for() {
    let differs = vec![(CheckCode::Offsets, Some(false))];
    let unaccounted = judged(|all, _| partition(all).stored -= 1);
    assert_eq!(unaccounted, (open(Reason::Unaccounted(1)), differs.clone()));
    // One partition does not make up for another.
    let crosswise = judged(|all, _| {
        let partitions = all.partitions.as_mut().expect("an audit");
        partitions[0].stored += 1;
        partitions[1].stored -= 1;
    });
    assert_eq!(crosswise, (open(Reason::Unaccounted(2)), differs));
}

#[test]
fn a_ledger_is_open_when_kafka_has_lost_records() {
    let lost = judged(|all, _| partition(all).end = 15);
    let check = vec![(CheckCode::Offsets, Some(false))];
    assert_eq!(lost, (open(Reason::Lost(1)), check));
}

#[test]
fn a_ledger_is_open_when_kafka_is_another_one() {
    let another = judged(|all, _| partition(all).differs = true);
    let check = vec![(CheckCode::AnotherKafka, Some(false))];
    assert_eq!(another, (open(Reason::AnotherKafka(1)), check));
}

#[test]
fn a_ledger_is_open_when_a_record_is_stored_twice() {
    let check = vec![(CheckCode::StoredTwice, Some(false))];
    let twice = judged(|all, _| partition(all).doubled = 1);
    assert_eq!(twice, (open(Reason::StoredTwice(1)), check.clone()));
    let of_month = judged(|_, month| month.classed[0].classed += 1);
    assert_eq!(of_month, (open(Reason::StoredTwice(1)), vec![(CheckCode::Classes, Some(false))]));
    // The partition and the month may show the same record.
    let both = verdict(|all, month| {
        partition(all).doubled = 1;
        month.classed[0].classed += 1;
    });
    assert_eq!(both, open(Reason::StoredTwice(1)));
}

#[test]
fn a_ledger_is_open_when_a_record_has_no_class() {
    let unclassed = judged(|_, month| month.classed[0].classed -= 1);
    assert_eq!(unclassed, (open(Reason::Unclassed(1)), vec![(CheckCode::Classes, Some(false))]));
    let of_partition = verdict(|all, _| partition(all).unclassed = 1);
    assert_eq!(of_partition, open(Reason::Unclassed(1)));
}

#[test]
fn a_ledger_is_open_when_the_same_records_were_counted_otherwise() {
    let services = judged(|_, month| second_day(month).figures.services -= 1);
    let check = vec![(CheckCode::Services, Some(false))];
    assert_eq!(services, (open(Reason::ServicesDiffer(1)), check));
    let counted = judged(|_, month| second_day(month).figures.counted += 1);
    let check = vec![(CheckCode::Counted, Some(false))];
    assert_eq!(counted, (open(Reason::CountedDiffer(1)), check));
    // One day does not make up for another.
    let crosswise = verdict(|_, month| {
        second_day(month).figures.counted += 1;
        month.days.get_mut(&day("2023-07-01")).expect("a day").figures.counted -= 1;
    });
    assert_eq!(crosswise, open(Reason::CountedDiffer(2)));
    // A fault of one day is seen although another day is behind.
    let behind_too = verdict(|_, month| {
        second_day(month).figures.counted += 1;
        month.days.get_mut(&day("2023-07-01")).expect("a day").figures.records = 2;
    });
    let reasons = vec![Reason::CountedDiffer(1), Reason::CounterBehind(1)];
    assert_eq!(behind_too, Verdict::Open(reasons));
}

#[test]
fn a_ledger_is_undecided_while_accepted_records_are_not_loaded() {
    assert_eq!(verdict(|all, _| partition(all).end += 3), undecided(Reason::Waiting(3)));
}

#[test]
fn a_ledger_is_undecided_while_the_counter_is_behind() {
    let checks =
        vec![(CheckCode::Records, None), (CheckCode::Counted, None), (CheckCode::Services, None)];
    let behind = |days| (undecided(Reason::CounterBehind(days)), checks.clone());
    let figures_ahead = judged(|_, month| {
        second_day(month).figures = Seen { records: 5, services: 2, counted: 2 };
    });
    assert_eq!(figures_ahead, behind(1));
    let ledger_ahead = judged(|_, month| second_day(month).figures = Seen::default());
    assert_eq!(ledger_ahead, behind(1));
    let day_unseen = judged(|_, month| {
        second_day(month).ledger = Seen::default();
        month.classed.pop();
        month.classed_by_topic.clear();
    });
    assert_eq!(day_unseen, behind(1));
    // Sums of a month that happen to be the same hide nothing.
    let crosswise = judged(|_, month| {
        second_day(month).figures.records += 1;
        month.days.get_mut(&day("2023-07-01")).expect("a day").figures.records -= 1;
    });
    assert_eq!(crosswise, behind(2));
}

#[test]
fn a_ledger_without_an_audit_is_undecided() {
    let checks =
        [CheckCode::Offsets, CheckCode::Missing, CheckCode::StoredTwice, CheckCode::AnotherKafka];
    let checks = checks.map(|code| (code, None)).into();
    assert_eq!(judged(|all, _| all.partitions = None), (undecided(Reason::NeverAudited), checks));
}

#[test]
fn an_audit_from_before_the_records_came_finds_faults_and_clears_nothing() {
    let early = |missing| {
        judged(|all, _| {
            let early = PartitionAudit { first: 0, cut: 3, end: 3, gaps: 0, ..*partition(all) };
            *partition(all) = PartitionAudit { stored: 3 - missing, missing, ..early };
        })
    };
    let (verdict, checks) = early(0);
    assert_eq!(verdict, undecided(Reason::AuditOutgrown(1)), "of four reviews it has seen three");
    assert!(checks.iter().all(|(_, agrees)| agrees.is_none()) && checks.len() == 4, "{checks:?}");
    let (verdict, checks) = early(1);
    assert_eq!(verdict, Verdict::Open(vec![Reason::Missing(1), Reason::AuditOutgrown(1)]));
    assert!(checks.contains(&(CheckCode::Missing, Some(false))));
    assert!(checks.contains(&(CheckCode::Offsets, None)));
}

/// A record that is gone from the table has its class until the next recount.
#[test]
fn a_missing_record_does_not_make_an_audit_old() {
    let missing = verdict(|all, month| {
        partition(all).stored -= 1;
        partition(all).missing += 1;
        month.classed_by_topic.insert(REVIEWS, 9);
    });
    assert_eq!(missing, open(Reason::Missing(1)));
}

#[test]
fn one_fault_outweighs_everything_that_passes() {
    let mixed = Verdict::of(vec![Reason::NeverAudited, Reason::Unclassed(2), Reason::Waiting(1)]);
    let sorted = vec![Reason::Unclassed(2), Reason::Waiting(1), Reason::NeverAudited];
    assert_eq!(mixed, Verdict::Open(sorted));
    assert_eq!(Verdict::of(vec![Reason::NeverAudited]), undecided(Reason::NeverAudited));
    assert_eq!(Verdict::of(vec![]), Verdict::Closes);
}

#[test]
fn the_installation_closes_only_if_every_month_does() {
    let (good, mut bad) = (month(), month());
    second_day(&mut bad).figures.counted += 1;
    let of = |months: &[&MonthEvidence]| conclude(&installation(), months.iter().copied()).verdict;
    assert_eq!(of(&[&good]), Verdict::Closes, "the other month is not its fault");
    assert_eq!(of(&[&good, &bad]), open(Reason::CountedDiffer(1)));
}

#[test]
fn what_is_shown_of_a_check_are_sums() {
    let checks = checks(&installation(), &month());
    let check = |code| *checks.iter().find(|check| check.code == code).expect("a check");
    let offsets = check(CheckCode::Offsets);
    assert_eq!((offsets.left, offsets.right, offsets.differing), (Some(30), Some(30), Some(0)));
    assert_eq!(check(CheckCode::Classes).left, Some(6));
}

#[test]
fn a_figure_that_differs_is_found_with_the_numbers_of_its_month() {
    let mut month = month();
    second_day(&mut month).figures.counted += 1;
    let found = findings(&installation(), &BTreeMap::from([(july(), month)]));
    let said = found.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        said,
        [
            "440000 2023-07: 3 reviews that count are disclosed and 2 are in the ledger; days that differ: 1"
        ]
    );
}

#[test]
fn a_conclusion_is_said_in_the_same_words_everywhere() {
    let mut all = installation();
    let audit = partition(&mut all);
    (audit.quarantined, audit.discarded, audit.end) = (1, 2, audit.end + 3);
    let conclusion = conclude(&all, [&month()]);
    let said = serde_json::to_value(&conclusion).expect("JSON");
    let expected = json!({
        "verdict": "open",
        "reasons": [{"code": "quarantined", "count": 1}, {"code": "waiting", "count": 3}],
        "quarantined": 1,
        "discarded": 2,
        "waiting": 3,
    });
    assert_eq!(said, expected);
    assert_eq!(serde_json::from_value::<Conclusion>(said).expect("it is read back"), conclusion);

    all.partitions = None;
    let said = serde_json::to_value(conclude(&all, [])).expect("JSON");
    assert_eq!((&said["verdict"], &said["waiting"]), (&json!("undecided"), &json!(null)));
    assert_eq!(said["reasons"], json!([{"code": "never_audited"}]));
    let said = serde_json::to_value(conclude(&installation(), [])).expect("JSON");
    assert_eq!((&said["verdict"], &said["reasons"]), (&json!("closes"), &json!([])));
}

#[test]
fn a_verdict_that_does_not_follow_from_its_reasons_is_not_read() {
    let read = |verdict: &str| {
        let said = json!({
            "verdict": verdict, "reasons": [{"code": "waiting", "count": 3}],
            "quarantined": 0, "discarded": 0, "waiting": 3,
        });
        serde_json::from_value::<Conclusion>(said)
    };
    assert!(read("undecided").is_ok());
    assert!(read("closes").is_err());
}

/// The words are part of the API, and stand in its description.
#[test]
fn every_word_of_a_verdict_and_of_a_reason_is_in_the_description_of_the_api() {
    let description = include_str!("../../../../schemas/openapi/ledger.yaml");
    let words = |title: &str| {
        let (_, after) = description.split_once(&format!("title: {title}\n")).expect("its schema");
        let (_, after) = after.split_once("enum: [").expect("its words");
        let (words, _) = after.split_once(']').expect("the end of its words");
        words.split(',').map(|word| word.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(words("Verdict"), Verdict::VARIANTS);
    assert_eq!(words("Reason"), Reason::VARIANTS);
}
