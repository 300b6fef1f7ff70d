//! Tests the page of a ledger.

use std::collections::BTreeMap;

use ::figures::Status;
use ::figures::ledger::PartitionAudit;
use domain::class::Superseded;
use domain::{EpochSeconds, Reason};

use super::*;
use crate::ledger::{Audit, AuditedPartition, FiguresDay, Known, LedgerDay, Sources};

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
    let found = |topic| PartitionAudit {
        topic,
        cut: 20_000_000,
        end: 20_000_000,
        stored: 20_000_000,
        ..PartitionAudit::default()
    };
    let partition = |(topic, number)| AuditedPartition {
        topic,
        audited_at: EpochSeconds::new(1_691_971_200),
        found: found(number),
    };
    let partitions = Topic::LOADED.into_iter().zip(1..).map(partition);
    Known {
        ledger: [(day, LedgerDay { records, topics })].into(),
        figures: [(day, FiguresDay { records, counted: 13_461_728, services: 15_000_000 })].into(),
        sources: Sources { rows: vec![row], total_rows: 250 },
        audit: Some(Audit { partitions: partitions.collect() }),
    }
}

fn shown(language: Language, change: impl FnOnce(&mut Known)) -> String {
    shown_as(Status::Provisional, language, change)
}

fn shown_as(status: Status, language: Language, change: impl FnOnce(&mut Known)) -> String {
    let mut known = known_month();
    change(&mut known);
    let edition = Edition::provisional(
        "440000".parse().expect("a province"),
        "2023-07".parse().expect("a month"),
        1,
    );
    let of = LedgerAddress {
        edition: Edition { status, ..edition },
        breakdown: LedgerBreakdown { by: LedgerRow::Source, source: None },
        range: RowRange { limit: 1, offset: 1 },
        as_of: Some(EpochSeconds::new(1_691_980_000)),
    };
    let answer = page(of, &Ledger::of(known).expect("a month with records"), language);
    String::from_utf8(answer.body().to_vec()).expect("UTF-8")
}

#[test]
fn the_ledger_of_a_simulated_month_says_so_above_everything_and_on_paper() {
    let page = shown_as(Status::Simulated, Language::Zh, |_| {});
    assert!(page.contains("<title>【模拟数据】") && page.contains("<body class=\"simulated\">"));
    let (above, _) = page.split_once("<header").expect("a header");
    assert!(above.contains("<strong>模拟数据</strong>") && above.contains("请勿引用"), "{above}");
    assert!(!shown(Language::Zh, |_| {}).contains("模拟数据"), "it is not simulated");
}

#[test]
fn a_ledger_that_closes_says_so_in_both_languages_and_shows_every_outcome() {
    for (language, phrases) in [
        (
            Language::Zh,
            [
                "核对一致",
                ">✓</span> 一致<",
                "虚假好评",
                "怎样用回执核对",
                "最近一条已统计的记录收到于",
                "初步数据",
            ],
        ),
        (
            Language::En,
            [
                "The ledger closes",
                ">✓</span> Agrees<",
                "fabricated",
                "receipt",
                "Latest record counted",
                "Provisional",
            ],
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
        assert!(page.contains("13,461,728") && page.contains("412,345"));
        assert!(!page.contains(language.of(("核对未通过", "does not close"))));
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
        page.contains("was not compared with what was accepted")
            && !page.contains("do not include the newest records")
    );
    assert!(page.contains("there is no table now"));
    let page = shown(Language::En, |known| {
        for partition in &mut known.audit.as_mut().expect("an audit").partitions {
            let found = &mut partition.found;
            (found.cut, found.end, found.stored) = (0, 0, 0);
        }
    });
    assert!(
        page.contains("The next comparison follows soon")
            && !page.contains("was not compared with what was accepted")
    );
    let page = shown(Language::En, |known| known.figures.clear());
    assert!(
        page.contains("do not include the newest records")
            && !page.contains("was not compared with what was accepted")
    );
}

#[test]
fn a_quarantined_record_is_told_of_with_the_words_of_the_api_and_what_waits_beside_it() {
    let page = |language| {
        shown(language, |known| {
            for partition in &mut known.audit.as_mut().expect("an audit").partitions {
                let found = &mut partition.found;
                (found.quarantined, found.discarded, found.end) = (1, 2, found.end + 11);
            }
        })
    };
    let (zh, en) = (page(Language::Zh), page(Language::En));
    for page in [&zh, &en] {
        assert!(page.contains("data-verdict=\"open\""), "{page}");
        assert!(page.contains("data-code=\"quarantined\" data-count=\"3\""), "{page}");
        assert!(page.contains("data-code=\"waiting\" data-count=\"33\""), "{page}");
        assert!(page.contains(">33<") && page.contains(">3<"), "{page}");
    }
    assert!(en.contains("The ledger does not close") && en.contains("await a decision: 3."));
    assert!(en.contains("with a reason: 6") && en.contains("may be incomplete"));
    assert!(zh.contains("核对未通过") && zh.contains("有 3 条异常记录尚未处理"));
}

#[test]
fn sources_lead_on_and_to_their_partitions_and_to_their_data() {
    let page = shown(Language::En, |_| ());
    let below = "/provinces/440000/months/2023-07/ledger";
    for address in [
        format!("rel=\"prev\" href=\"{below}?limit=1&amp;lang=en\""),
        format!("rel=\"next\" href=\"{below}?limit=1&amp;offset=2&amp;lang=en\""),
        format!("href=\"{below}?by=partition&amp;source=city/one&amp;lang=en\""),
        format!("href=\"/v1{below}.csv\""),
        format!("href=\"/v1{below}.json?limit=1&amp;offset=1\""),
    ] {
        assert!(page.contains(&address), "{address} is missing in {page}");
    }
}

#[test]
fn every_chart_is_described_and_every_table_of_the_ledger_has_a_caption_of_its_own() {
    let page = shown(Language::Zh, |_| ());
    let charts = page.matches("<svg class=\"chart\" role=\"img\" aria-labelledby=").count();
    assert_eq!((charts, page.matches("<desc id=").count()), (2, 2));
    let tables = page.matches("<table").count();
    assert_eq!((tables, page.matches("<caption id=").count()), (3, 3));
    let mut ids: Vec<_> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no id is given twice");
    assert!(!page.contains("<script"), "a page needs no script");
}

#[test]
#[ignore = "it checks nothing: it is for eyes"]
fn ledger_to_look_at() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/pages");
    std::fs::create_dir_all(folder).expect("a folder");
    for language in [Language::Zh, Language::En] {
        let page = shown(language, |_| ());
        let style = format!("/assets/{}", *crate::pages::assets::STYLE_NAME);
        let name = language.of(("ledger-zh", "ledger-en"));
        std::fs::write(format!("{folder}/{name}.html"), page.replace(&style, "style.css"))
            .expect("a file");
    }
}
