use domain::{Channel, Kind};

use super::*;

pub(crate) fn instant(text: &str) -> EpochSeconds {
    text.parse().expect("an instant")
}

pub(crate) fn key(text: &str, made_at: EpochSeconds) -> AccountKey {
    let hash = blake3::hash(text.as_bytes());
    AccountKey { hash, made_at, expires_at: None, revoked_at: None }
}

/// An account without keys.
pub(crate) fn hall(source: &str) -> Account {
    Account {
        source: source.parse().expect("a source"),
        reach: Reach::Area("440106000000".parse().expect("an area")),
        channels: Some([Channel::Hall].into()),
        posts: [Kind::Service, Kind::Review].into(),
        simulated: false,
        events_per_second: NonZeroU32::new(50),
        late_days: 31,
        keys: vec![],
        revision: NonZeroU32::MIN,
        changed_at: instant("2026-07-01T00:00:00Z"),
    }
}

fn new(text: &str) -> NewKey {
    NewKey { hash: blake3::hash(text.as_bytes()), expires_at: None }
}

fn now() -> EpochSeconds {
    instant("2026-07-01T08:00:00Z")
}

fn later(hours: u32) -> EpochSeconds {
    now().saturating_add(hours * 3600)
}

const DAY: Duration = Duration::from_hours(24);

/// Has a change take effect.
fn apply(accounts: &mut Accounts, account: &Account) {
    let key = AccountState::key(account);
    let event = AccountState::to_event(account);
    accounts.apply(Some(key.as_bytes()), Some(&event), 0).expect("our own events can be read");
}

/// Accounts with one, which has the key `hcp_1`.
fn with_hall() -> (Accounts, SourceId) {
    let mut accounts = Accounts::default();
    let account = add(&accounts, &hall("hall"), new("hcp_1"), now()).expect("it is new");
    let account = account.expect("a change");
    apply(&mut accounts, &account);
    (accounts, account.source)
}

fn states(account: &Account, at: EpochSeconds) -> Vec<KeyState> {
    account.keys.iter().map(|key| state_of(key, at)).collect()
}

#[test]
fn a_source_has_one_account() {
    let (accounts, source) = with_hall();
    let again = add(&accounts, &hall("hall"), new("hcp_2"), now());
    assert_eq!(again, Err(Refused::Exists(source)));
    let words = again.expect_err("it is refused").to_string();
    assert!(words.contains("haochaping account rotate --source hall"), "{words}");
    assert!(add(&accounts, &hall("other"), new("hcp_2"), now()).expect("it is new").is_some());
}

#[test]
fn what_was_done_is_not_done_twice() {
    let (mut accounts, source) = with_hall();
    assert_eq!(add(&accounts, &hall("hall"), new("hcp_1"), now()), Ok(None));
    let rotated = rotate(&accounts, source, new("hcp_2"), DAY, now()).expect("it can be rotated");
    apply(&mut accounts, &rotated.expect("a change"));
    assert_eq!(rotate(&accounts, source, new("hcp_2"), DAY, later(1)), Ok(None));
    let revoked = revoke(&accounts, source, None, later(1)).expect("it can be revoked");
    apply(&mut accounts, &revoked.expect("a change"));
    assert_eq!(revoke(&accounts, source, None, later(2)), Ok(None));
}

#[test]
fn an_area_that_no_list_has_is_refused_and_one_that_lies_in_a_known_county_is_not() {
    let at = |area: &str| {
        let reach = Reach::Area(area.parse().expect("an area"));
        add(&Accounts::default(), &Account { reach, ..hall("hall") }, new("hcp_1"), now())
    };
    for known in ["440000000000", "440100000000", "440106000000", "440106005000", "660000000000"] {
        assert!(at(known).is_ok(), "{known}");
    }
    for unknown in ["449999000000", "440199000000"] {
        assert!(matches!(at(unknown), Err(Refused::UnknownArea(_, _))), "{unknown}");
    }
    let nationwide = Account { reach: Reach::Nationwide, ..hall("hall") };
    assert!(add(&Accounts::default(), &nationwide, new("hcp_1"), now()).is_ok());
}

#[test]
fn after_a_rotation_both_keys_are_good_for_the_overlap_and_then_the_new_one_alone() {
    use KeyState::{Expired, Good};
    let (accounts, source) = with_hall();
    let rotated = rotate(&accounts, source, new("hcp_2"), DAY, now()).expect("it can be rotated");
    let rotated = rotated.expect("a change");
    assert_eq!(rotated.revision.get(), 2);
    assert_eq!(states(&rotated, later(23)), [Good, Good]);
    assert_eq!(states(&rotated, later(24)), [Expired, Good]);
    let at_once = rotate(&accounts, source, new("hcp_2"), Duration::ZERO, now());
    assert_eq!(states(&at_once.expect("rotated").expect("a change"), now()), [Expired, Good]);
}

#[test]
fn an_overlap_makes_no_key_good_for_longer() {
    let (mut accounts, source) = with_hall();
    for (text, overlap) in [("hcp_2", Duration::from_hours(1)), ("hcp_3", DAY)] {
        let rotated = rotate(&accounts, source, new(text), overlap, now()).expect("rotated");
        apply(&mut accounts, &rotated.expect("a change"));
    }
    let account = accounts.get("hall").expect("it is there");
    assert_eq!(account.keys[0].expires_at, Some(later(1)));
    assert_eq!(account.keys[1].expires_at, Some(later(24)));
    let revoked = revoke(&accounts, source, None, now()).expect("revoked").expect("a change");
    apply(&mut accounts, &revoked);
    let rotated = rotate(&accounts, source, new("hcp_4"), DAY, now()).expect("rotated");
    let rotated = rotated.expect("a change");
    let good = states(&rotated, now()).iter().filter(|state| **state == KeyState::Good).count();
    assert_eq!(good, 1, "what was revoked stays revoked");
}

#[test]
fn one_key_is_revoked_or_all() {
    use KeyState::{Good, Revoked};
    let (mut accounts, source) = with_hall();
    let rotated = rotate(&accounts, source, new("hcp_2"), DAY, now()).expect("rotated");
    apply(&mut accounts, &rotated.expect("a change"));
    let first = key_id(&key("hcp_1", now()));
    let one = revoke(&accounts, source, Some(&first), now()).expect("revoked").expect("a change");
    assert_eq!(states(&one, now()), [Revoked, Good]);
    let all = revoke(&accounts, source, None, now()).expect("revoked").expect("a change");
    assert_eq!(states(&all, now()), [Revoked, Revoked]);
    let unknown = revoke(&accounts, source, Some("00000000"), now());
    assert!(matches!(unknown, Err(Refused::NoKey { .. })));
}

#[test]
fn an_account_that_is_not_there_or_cannot_be_read_is_not_changed() {
    let (mut accounts, source) = with_hall();
    let other: SourceId = "other".parse().expect("a source");
    assert_eq!(revoke(&accounts, other, None, now()), Err(Refused::NoAccount(other)));
    accounts.apply(Some(b"hall"), Some(b"{}"), 7).expect_err("it cannot be read");
    let refused = rotate(&accounts, source, new("hcp_2"), DAY, now()).expect_err("unreadable");
    assert!(refused.to_string().contains("offset 7"), "{refused}");
    // The way out is to describe the account again.
    assert!(add(&accounts, &hall("hall"), new("hcp_2"), now()).expect("it is new").is_some());
}

#[test]
fn a_key_that_would_never_be_good_is_refused() {
    let past = NewKey { expires_at: Some(now()), ..new("hcp_2") };
    let refused = Err(Refused::ExpiresInThePast(now()));
    assert_eq!(add(&Accounts::default(), &hall("hall"), past, now()), refused);
    let (accounts, source) = with_hall();
    assert_eq!(rotate(&accounts, source, past, DAY, now()), refused);
}

#[test]
fn keys_that_are_no_longer_good_make_room_and_good_ones_do_not() {
    let (mut accounts, source) = with_hall();
    let mut rotate_at = |number: usize, overlap, at| {
        let key = new(&format!("hcp_more_{number}"));
        let rotated = rotate(&accounts, source, key, overlap, at)?.expect("a change");
        apply(&mut accounts, &rotated);
        Ok(rotated.keys.len())
    };
    for number in 1..ACCOUNT_KEYS_MAX {
        assert_eq!(rotate_at(number, DAY, now()), Ok(number + 1));
    }
    assert_eq!(rotate_at(100, DAY, now()), Err(Refused::TooManyKeys(source)));
    assert_eq!(rotate_at(101, DAY, later(24)), Ok(ACCOUNT_KEYS_MAX));
    let after_months = later(24 * 100);
    assert_eq!(rotate_at(102, DAY, after_months), Ok(2), "only the last one was still good");
}

#[test]
fn a_key_that_somebody_has_is_made_good_unless_it_was_ended() {
    let mut accounts = Accounts::default();
    let ensured = ensure(&accounts, &hall("hall"), new("hcp_1"), now()).expect("it can be");
    apply(&mut accounts, &ensured.expect("a change"));
    assert_eq!(ensure(&accounts, &hall("hall"), new("hcp_1"), now()), Ok(None));
    let source = hall("hall").source;
    let revoked = revoke(&accounts, source, None, now()).expect("revoked").expect("a change");
    apply(&mut accounts, &revoked);
    let refused = ensure(&accounts, &hall("hall"), new("hcp_1"), later(1));
    let id = key_id(&key("hcp_1", now()));
    assert_eq!(refused, Err(Refused::KeyEnded { source_id: source, key: id }));
    let ensured = ensure(&accounts, &hall("hall"), new("hcp_2"), later(1)).expect("it can be");
    let ensured = ensured.expect("a change");
    assert_eq!(states(&ensured, later(1)), [KeyState::Revoked, KeyState::Good]);
}

/// As an installation finds the simulator's account that a version before has made.
#[test]
fn an_account_that_has_to_simulate_does_from_then_on_and_never_becomes_real_again() {
    let (mut accounts, hall_source) = with_hall();
    let simulates = Account { simulated: true, ..hall("hall") };
    let changed = ensure(&accounts, &simulates, new("hcp_1"), later(1)).expect("its key is good");
    let changed = changed.expect("a change");
    assert!(changed.simulated && changed.revision.get() == 2 && changed.keys.len() == 1);
    apply(&mut accounts, &changed);
    assert_eq!(ensure(&accounts, &simulates, new("hcp_1"), later(2)), Ok(None));
    assert_eq!(ensure(&accounts, &hall("hall"), new("hcp_1"), later(2)), Ok(None));

    let with_new_key = ensure(&accounts, &hall("hall"), new("hcp_2"), later(2)).expect("a new key");
    assert!(with_new_key.expect("a change").simulated);
    let rotated = rotate(&accounts, hall_source, new("hcp_3"), DAY, later(2)).expect("a new key");
    assert!(rotated.expect("a change").simulated);
    let revoked = revoke(&accounts, hall_source, None, later(2)).expect("it has a key");
    assert!(revoked.expect("a change").simulated);
}
