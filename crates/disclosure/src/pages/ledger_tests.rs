//! The page of a ledger, as a browser gets it.

use std::collections::BTreeMap;

use domain::class::Superseded;
use domain::{EpochSeconds, Reason};

use super::*;
use crate::ledger::{AuditedPartition, FiguresDay, Known, LedgerDay, Sources};

fn known_month() -> Known {
    let reviews = Tally::from([
        (Class::Counted, 13_461_728),
        (Class::Duplicate, 412_345),
        (Class::Superseded(Superseded::LowerRevision), 17),
        (Class::SetAside(Reason::Fabricated), 5_288),
    ]);
    let services = Tally::from([(Class::Service, 15_000_000)]);
    let records = ledger::sum(&reviews) + ledger::sum(&services);
    let day = "2023-07-05".parse().expect("a day");
    let row = SourceRow { source: "city/one".into(), at: None, records, tally: services.clone() };
    let topics = BTreeMap::from([(Topic::Services, services), (Topic::Reviews, reviews)]);
    let partition = |topic| AuditedPartition {
        topic,
        partition: 0,
        audited_at: EpochSeconds::new(1_691_971_200),
        first: 0,
        cut: 20_000_000,
        end: 20_000_011,
        stored: 20_000_000,
        gaps: 0,
        missing: 0,
    };
    Known {
        ledger: [(day, LedgerDay { records, topics })].into(),
        figures: [(day, FiguresDay { records, counted: 13_461_728, services: 15_000_000 })].into(),
        sources: Sources { rows: vec![row], total_rows: 250 },
        audit: Some(Audit { partitions: Topic::LOADED.map(partition).into() }),
        quarantined: 3,
        discarded: 1,
    }
}

fn shown(language: Language, change: impl FnOnce(&mut Known)) -> String {
    let mut known = known_month();
    change(&mut known);
    let place = Place {
        province: "440000".parse().expect("a province"),
        month: "2023-07".parse().expect("a month"),
        cut: LedgerCut { by: LedgerRow::Source, source: None },
        slice: RowRange { limit: 1, offset: 1 },
    };
    let answer = page(place, &Ledger::of(known).expect("a month with records"), language);
    String::from_utf8(answer.body().to_vec()).expect("UTF-8")
}

#[test]
fn a_ledger_that_closes_says_so_in_both_languages_and_shows_every_fate() {
    for (language, phrases) in [
        (Language::Zh, ["核对一致", ">✓</span> 一致<", "刷好评", "怎样用回执核对", "暂定数据"]),
        (
            Language::En,
            ["The ledger closes", ">✓</span> Agrees<", "fabricated", "receipt", "Provisional"],
        ),
    ] {
        let page = shown(language, |_| ());
        for phrase in phrases {
            assert!(page.contains(phrase), "{phrase} is missing in {page}");
        }
        for class in Class::all() {
            let (name, meaning) = (class_words::name(class), class_words::meaning(class));
            assert!(page.contains(language.of(name)) && page.contains(language.of(meaning)));
        }
        assert!(page.contains("13,461,728") && page.contains("412,345") && page.contains(">33<"));
        assert!(!page.contains(language.of(("核对不一致", "does not close"))));
    }
}

#[test]
fn a_comparison_that_differs_is_told_by_sign_and_word() {
    let page = shown(Language::En, |known| {
        known.figures.values_mut().for_each(|figures| figures.counted += 1);
    });
    assert!(page.contains("The ledger does not close") && page.contains("✗"));
    assert!(page.contains("13,461,728 ≠ 13,461,729"), "{page}");
    assert_eq!(page.matches(" Differs<").count(), 1);
    assert!(page.contains("Days that differ: 1."));
}

#[test]
fn what_is_not_decided_is_neither_right_nor_wrong_and_says_why() {
    let page = shown(Language::En, |known| known.audit = None);
    assert!(!page.contains("The ledger closes") && !page.contains("does not close"));
    assert!(
        page.contains("was not compared with what was accepted") && !page.contains("catching up")
    );
    assert!(page.contains("there is no such table now"));
    let page = shown(Language::En, |known| {
        for partition in &mut known.audit.as_mut().expect("an audit").partitions {
            (partition.cut, partition.stored) = (0, 0);
        }
    });
    assert!(
        page.contains("it is compared again soon")
            && !page.contains("was not compared with what was accepted")
    );
    let page = shown(Language::En, |known| known.figures.clear());
    assert!(
        page.contains("catching up") && !page.contains("was not compared with what was accepted")
    );
}

#[test]
fn sources_lead_on_and_to_their_partitions_and_to_their_data() {
    let page = shown(Language::En, |_| ());
    let below = "/provinces/440000/months/2023-07/ledger";
    for address in [
        format!("rel=\"prev\" href=\"{below}?limit=1&amp;lang=en\""),
        format!("rel=\"next\" href=\"{below}?limit=1&amp;offset=2&amp;lang=en\""),
        format!("href=\"{below}?by=partition&amp;source=city/one&amp;lang=en\""),
        format!("href=\"/v1{below}?limit=1&amp;offset=1&amp;format=csv\""),
    ] {
        assert!(page.contains(&address), "{address} is missing in {page}");
    }
}

#[test]
fn every_chart_is_described_and_every_table_of_the_ledger_has_a_caption_of_its_own() {
    let page = shown(Language::Zh, |_| ());
    let charts = page.matches("<svg class=\"chart\" role=\"img\" aria-labelledby=").count();
    assert_eq!((charts, page.matches("<desc id=").count()), (2, 2));
    let tables = page.matches("<table>").count();
    assert_eq!((tables, page.matches("<caption id=").count()), (3, 3));
    let mut ids: Vec<_> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no id is given twice");
    assert!(!page.contains("<script"), "a page needs no script");
}
