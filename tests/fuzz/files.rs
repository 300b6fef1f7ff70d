//! Fuzzes files that an operator provides: published months, accounts.

use std::num::NonZeroU32;

use ingest::accounts::Accounts;
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

#[test]
fn a_file_of_accounts_is_read_or_refused() {
    let key_hash = blake3::hash(b"hcp_hall").to_hex();
    let accounts = format!(
        r#"[{{"source": "guangzhou/tianhe-hall", "key_hash": "{key_hash}", "area_code": "440106000000",
            "channels": ["hall"], "posts": ["service", "review"], "events_per_second": 50, "late_days": 60}}]"#
    );
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("accounts.json");
    let burst = NonZeroU32::new(1_000).expect("not zero");
    fuzz("accounts", &spoilt(vec![accounts.into_bytes()]), |json| {
        std::fs::write(&path, json).expect("a file");
        drop(Accounts::load(&path, burst));
        Ok(())
    });
}
