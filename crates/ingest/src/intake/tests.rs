use std::fs;
use std::path::{Path, PathBuf};

use domain::Case;

use super::*;

/// When events arrive in tests: the clock of schemas/examples.
const NOW: &str = "2023-08-14T00:00:00Z";

fn now() -> EpochSeconds {
    NOW.parse().expect("an instant")
}

/// An account that may post everything under a source.
fn account(source: &str) -> Account {
    Account {
        source: source.parse().expect("a source"),
        reach: Reach::Nationwide,
        keys: vec![],
        revision: std::num::NonZeroU32::MIN,
        changed_at: now(),
        channels: None,
        posts: [Kind::Service, Kind::Review, Kind::Disposition].into(),
        simulated: false,
        events_per_second: None,
        late_days: 3650,
    }
}

/// An account of a hall in Guangzhou.
fn hall() -> Account {
    Account {
        reach: Reach::Area("440100000000".parse().expect("an area")),
        channels: Some([Channel::Hall, Channel::Paper].into()),
        late_days: 60,
        ..account("guangzhou/tianhe-hall")
    }
}

fn service(area_code: &str, served_on: &str, channel: &str) -> String {
    format!(
        r#"{{"specversion": "1.0", "id": "ee3a6f02-6946-7243-8de8-81c2bd576ebe",
            "source": "guangzhou/tianhe-hall", "type": "haochaping.service.v1",
            "data": {{"area_code": "{area_code}", "item_code": "11440106000000000X2440106012000",
            "project_no": "TH20230705-00017", "service_no": 1, "served_on": "{served_on}",
            "channel": "{channel}"}}}}"#
    )
}

fn review(text: &str) -> String {
    format!(
        r#"{{"specversion": "1.0", "id": "af7c2171-c13d-7d32-87a4-0bfabea44df9",
            "source": "guangzhou/tianhe-hall", "type": "haochaping.review.v1",
            "data": {{"review_id": "7f941f5a-e411-7ad7-8d97-aabf1c64d896",
            "subject": {{"type": "hall", "area_code": "440106000000", "hall_code": "TH",
            "visited_on": "2023-07-05"}}, "channel": "hall", "level": "very_dissatisfied",
            "rated_at": "2023-07-05T02:11:12Z", "text": "{text}"}}}}"#
    )
}

fn decide(account: &Account, kind: Kind, json: &str) -> Result<Record, Refusal> {
    accept(account, kind, parse(json.as_bytes(), 0)?, now())
}

/// The scope that is crossed.
fn out_of(decided: Result<Record, Refusal>) -> Scope {
    match decided.expect_err("it is refused") {
        Refusal::OutOfScope(scope) => scope,
        other => panic!("{other:?}"),
    }
}

/// The field that is wrong.
fn wrong_field<T: std::fmt::Debug>(decided: Result<T, Refusal>) -> String {
    match decided.expect_err("it is refused") {
        Refusal::Invalid(invalid) => invalid.pointer,
        other => panic!("{other:?}"),
    }
}

fn good_examples() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples/good");
    let entries = fs::read_dir(folder).expect("the folder exists");
    let named = entries
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.file_name().into_string().expect("a name"), entry.path()));
    named.collect()
}

#[test]
fn every_good_example_is_accepted_and_its_record_says_the_same() {
    let examples = good_examples();
    assert!(examples.len() >= 12);
    for (name, path) in examples {
        let json = fs::read_to_string(path).expect("an example can be read");
        let kind: Kind = name.split(['-', '.']).next().expect("a kind").parse().expect("a kind");
        let sent = parse(json.as_bytes(), 0).expect("a good example");
        let record = decide(&account(sent.source.as_str()), kind, &json)
            .unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));

        let kept = parse(&record.value, 0).expect("a record can be read");
        assert_eq!((kept.id, kept.source), (sent.id, sent.source), "{name}");
        assert_eq!(kept.event.key(), sent.event.key(), "{name}");
        assert_eq!(record.key, sent.event.key().case.0.to_be_bytes(), "{name}");
        assert_eq!(record.event, EventHash::of(&record.value), "{name}");
        // What is sent again, as it was or as it was kept, is the same event.
        let again = String::from_utf8(record.value.clone()).expect("JSON is UTF-8");
        assert_eq!(decide(&account(sent.source.as_str()), kind, &again).expect("good"), record);
    }
}

#[test]
fn an_event_in_binary_mode_is_the_same_record() {
    let json = service("440106000000", "2023-07-05", "hall");
    let structured = decide(&hall(), Kind::Service, &json).expect("a good event");
    let data =
        json.split_once(r#""data": "#).expect("data").1.trim_end_matches('}').to_owned() + "}";
    let attributes = Attributes {
        specversion: "1.0".into(),
        id: "ee3a6f02-6946-7243-8de8-81c2bd576ebe".into(),
        source: "guangzhou/tianhe-hall".into(),
        event_type: "haochaping.service.v1".into(),
        time: None,
        datacontenttype: None,
    };
    let sent = parse_binary(Ok(attributes), data.as_bytes(), 0).expect("a good event");
    assert_eq!(accept(&hall(), Kind::Service, sent, now()).expect("a good event"), structured);
}

#[test]
fn all_events_about_a_case_have_the_same_key() {
    let record = decide(&hall(), Kind::Service, &service("440106000000", "2023-07-05", "hall"));
    let province = "440000".parse().expect("Guangdong");
    let case = Case::of_project(province, &"TH20230705-00017".parse().expect("a case"));
    assert_eq!(record.expect("a good event").key, case.0.to_be_bytes());
}

#[test]
fn numbers_of_people_are_not_kept() {
    let record = decide(&hall(), Kind::Review, &review("等了三小时，回电13800138000"));
    let value = String::from_utf8(record.expect("a good event").value).expect("UTF-8");
    assert!(value.contains("等了三小时，回电[＊]"), "{value}");
    assert!(!value.contains("13800138000"), "{value}");

    let named = service("440106000000", "2023-07-05", "hall")
        .replace(r#""channel""#, r#""item_name": "补办 44010619900101123X", "channel""#);
    let record = decide(&hall(), Kind::Service, &named).expect("a good event");
    let value = String::from_utf8(record.value).expect("UTF-8");
    assert!(value.contains("补办 [＊]") && !value.contains("44010619900101123X"), "{value}");
}

#[test]
fn an_account_posts_for_its_source_its_area_and_its_channels_alone() {
    let decide = |area_code, channel| {
        decide(&hall(), Kind::Service, &service(area_code, "2023-07-05", channel))
    };
    assert!(decide("440106000000", "hall").is_ok());
    assert!(decide("440100000000", "paper").is_ok());
    assert_eq!(out_of(decide("430100000000", "hall")), Scope::Area, "Hunan");
    assert_eq!(out_of(decide("440300000000", "hall")), Scope::Area, "Shenzhen");
    assert_eq!(out_of(decide("440000000000", "hall")), Scope::Area, "the whole province");
    assert_eq!(out_of(decide("440106000000", "sms")), Scope::Channel);
    let other = account("shenzhen/hall");
    let json = service("440106000000", "2023-07-05", "hall");
    assert_eq!(out_of(tests::decide(&other, Kind::Service, &json)), Scope::Source);
}

#[test]
fn a_review_comes_by_the_channels_of_its_account() {
    let account = Account { channels: Some([Channel::Paper].into()), ..hall() };
    let decided = decide(&account, Kind::Review, &review("慢"));
    assert_eq!(out_of(decided), Scope::Channel);
    assert!(decide(&hall(), Kind::Review, &review("慢")).is_ok());
}

#[test]
fn an_event_goes_to_the_address_of_its_kind() {
    let json = service("440106000000", "2023-07-05", "hall");
    assert_eq!(wrong_field(decide(&hall(), Kind::Review, &json)), "/type");
    assert_eq!(wrong_field(decide(&hall(), Kind::Service, &review("慢"))), "/type");
}

#[test]
fn an_event_lies_neither_in_the_future_nor_further_back_than_the_account_may_post() {
    let on = |day| decide(&hall(), Kind::Service, &service("440106000000", day, "hall"));
    assert!(on("2023-08-14").is_ok(), "today in China");
    assert_eq!(wrong_field(on("2023-08-15")), "/data/served_on");
    assert!(on("2023-06-15").is_ok(), "60 days ago");
    assert_eq!(wrong_field(on("2023-06-13")), "/data/served_on");
}

#[test]
fn what_is_no_json_object_is_malformed_and_not_invalid() {
    for wrong in ["", "{", "{\"specversion\": \"1.0\", \"id\": }", "{} {}"] {
        let refusal = parse(wrong.as_bytes(), 0).expect_err("no event");
        assert!(matches!(refusal, Refusal::NotJson(_)), "{wrong}: {refusal:?}");
        let refusal = parse_binary(Err(Invalid::new("/id", "is missing")), wrong.as_bytes(), 0);
        let refusal = refusal.expect_err("no data");
        assert!(matches!(refusal, Refusal::NotJson(_)), "{wrong}: {refusal:?}");
    }
    for wrong in ["[]", "3", "null", "\"{}\""] {
        assert_eq!(
            parse(wrong.as_bytes(), 0).expect_err("no event"),
            Refusal::NotAnObject,
            "{wrong}"
        );
    }
    let Err(Refusal::NotJson(malformed)) = parse(b"{\"id\": \"\xff\"}", 100) else {
        panic!("it is not UTF-8");
    };
    assert_eq!(malformed.at, 108);
    assert_eq!(wrong_field(parse(b" {} ", 0)), "/specversion");
}

#[test]
fn words_that_nobody_can_see_are_no_reason_and_no_name() {
    for nothing in
        ["\\u200b", " \\u3164\u{2800}", "\\u0000\\u202e", "\u{feff}", "\u{fe0f}\u{e0100}"]
    {
        assert_eq!(wrong_field(decide(&hall(), Kind::Review, &review(nothing))), "/data/text");
        let named = service("440106000000", "2023-07-05", "hall")
            .replace("\"channel\"", &format!("\"department_name\": \"{nothing}\", \"channel\""));
        assert_eq!(wrong_field(decide(&hall(), Kind::Service, &named)), "/data/department_name");
    }
    assert!(decide(&hall(), Kind::Review, &review("\u{200b}慢")).is_ok());
}

#[test]
fn controls_are_taken_out_of_words_before_numbers_are_looked_for_and_names_may_have_none() {
    let record = decide(&hall(), Kind::Review, &review("慢\\u202e！\\n138\u{2066}0013\\u00008000"));
    let value = String::from_utf8(record.expect("a good event").value).expect("UTF-8");
    assert!(value.contains("\"text\":\"慢！\\n[＊]\""), "{value}");
    for wrong in ["abc\u{202e}txt.exe", "a\u{2069}", "a\u{2028}b", "a\\u0007"] {
        let named = service("440106000000", "2023-07-05", "hall")
            .replace("\"channel\"", &format!("\"item_name\": \"{wrong}\", \"channel\""));
        assert_eq!(
            wrong_field(decide(&hall(), Kind::Service, &named)),
            "/data/item_name",
            "{wrong}"
        );
    }
}

#[test]
fn what_intermediaries_add_is_not_kept() {
    let json = service("440106000000", "2023-07-05", "hall");
    let record = decide(&hall(), Kind::Service, &json).expect("a good event");
    let added =
        r#""subject": "张三", "userphone": "13800000000", "retries": 3, "last": null, "data""#;
    let json = json.replace("\"data\"", added);
    assert_eq!(decide(&hall(), Kind::Service, &json).expect("a good event"), record);
}
