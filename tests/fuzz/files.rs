//! Fuzzes what an operator provides: files of published months, and events of accounts.

use accounts::{Account, Accounts};
use proptest::prelude::*;
use simulator::Published;

use crate::fuzz;
use crate::spoil::spoilt;

#[test]
fn a_published_month_is_read_or_refused() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/simulator/months/guangdong-2023-07.json"
    );
    let month = std::fs::read(path).expect("a month");
    fuzz("months", &spoilt(vec![month]), |json| {
        if let Ok((published, _)) = Published::parse(&json) {
            let total =
                published.reviews_by_level.values().try_fold(0_u64, |sum, n| sum.checked_add(*n));
            prop_assert!(total.is_some(), "the sum of its reviews overflows");
        }
        Ok(())
    });
}

/// An event that cannot be read takes its own account away and no other, whatever is in it.
#[test]
fn an_event_of_an_account_is_read_or_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/examples/accounts/good");
    let files = std::fs::read_dir(folder).expect("the folder exists");
    let events: Vec<_> = files
        .map(|file| std::fs::read(file.expect("a file").path()).expect("it can be read"))
        .collect();
    let other = Account::parse(&events[0]).expect("a good example");
    let other = Account { source: "other".parse().expect("a source"), ..other };
    fuzz("accounts", &spoilt(events), |json| {
        let mut accounts = Accounts::default();
        accounts.apply(Some(b"other"), Some(&other.to_json()), 0).expect("our own event");
        if let Ok(account) = Account::parse(&json) {
            prop_assert_eq!(Account::parse(&account.to_json()), Ok(account));
        }
        let read = accounts.apply(Some(b"guangzhou/tianhe-hall"), Some(&json), 1);
        prop_assert_eq!(read.is_ok(), accounts.get("guangzhou/tianhe-hall").is_some());
        prop_assert!(accounts.get("other").is_some());
        Ok(())
    });
}
