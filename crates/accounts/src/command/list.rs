//! What `haochaping account list` prints: never more of a key than its id.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context;
use daemon::Clock;
use domain::EpochSeconds;
use serde_json::{Value, json};
use topics::state::read;

use super::args::ListArgs;
use crate::{Account, AccountKey, AccountState, Accounts, KeyState, Reach, key_id, state_of};

/// Reads the accounts and prints them.
///
/// # Errors
///
/// If Kafka cannot be reached in time.
pub(super) fn list(args: &ListArgs, within: Duration) -> anyhow::Result<()> {
    let accounts = read::<AccountState>(&args.kafka, within).context("failed to read accounts")?;
    let now = Clock::System.now();
    let text =
        if args.json { as_json(&accounts, now).to_string() } else { as_text(&accounts, now) };
    writeln!(io::stdout(), "{text}").context("failed to print the accounts")
}

fn word(state: KeyState) -> &'static str {
    match state {
        KeyState::Good => "good",
        KeyState::Expired => "expired",
        KeyState::Revoked => "revoked",
    }
}

fn as_json(accounts: &Accounts, now: EpochSeconds) -> Value {
    let key = |key: &AccountKey| {
        json!({
            "id": key_id(key),
            "state": word(state_of(key, now)),
            "made_at": key.made_at.to_string(),
            "expires_at": key.expires_at.map(|at| at.to_string()),
            "revoked_at": key.revoked_at.map(|at| at.to_string()),
        })
    };
    let account = |account: &Account| {
        let channels = account.channels.iter().flatten().map(ToString::to_string);
        json!({
            "source": account.source.to_string(),
            "area_code": match account.reach {
                Reach::Area(area) => Some(area.to_string()),
                Reach::Nationwide => None,
            },
            "nationwide": account.reach == Reach::Nationwide,
            "channels": account.channels.is_some().then(|| channels.collect::<Vec<_>>()),
            "posts": account.posts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "simulated": account.simulated,
            "events_per_second": account.events_per_second,
            "late_days": account.late_days,
            "revision": account.revision,
            "changed_at": account.changed_at.to_string(),
            "keys": account.keys.iter().map(key).collect::<Vec<_>>(),
        })
    };
    let unreadable = accounts.unreadable().iter();
    let unreadable =
        unreadable.map(|(source, why)| json!({ "source": source, "detail": why.to_string() }));
    json!({
        "accounts": accounts.entities().map(account).collect::<Vec<_>>(),
        "unreadable": unreadable.collect::<Vec<_>>(),
    })
}

fn as_text(accounts: &Accounts, now: EpochSeconds) -> String {
    let mut lines = Vec::new();
    for account in accounts.entities() {
        let joined = |words: Vec<String>| words.join(", ");
        let posts = joined(account.posts.iter().map(ToString::to_string).collect());
        let simulated = if account.simulated { "simulated: " } else { "" };
        let reach = match account.reach {
            Reach::Area(area) => format!("area {area}"),
            Reach::Nationwide => "nationwide".to_owned(),
        };
        let channels = account.channels.as_ref().map_or("every channel".to_owned(), |channels| {
            format!("channels {}", joined(channels.iter().map(ToString::to_string).collect()))
        });
        let rate = account.events_per_second;
        let rate = rate.map_or(String::new(), |rate| format!("; at most {rate} events a second"));
        let late = account.late_days;
        lines.push(account.source.to_string());
        lines.push(format!(
            "  {simulated}posts {posts}; {reach}; {channels}; {late} days back{rate}"
        ));
        lines.extend(account.keys.iter().map(|key| key_line(key, now)));
    }
    for (source, why) in accounts.unreadable() {
        lines.push(format!("{source}\n  cannot be used: {why}"));
    }
    if lines.is_empty() {
        lines.push("there are no accounts; `haochaping account add` creates one".to_owned());
    }
    lines.join("\n")
}

fn key_line(key: &AccountKey, now: EpochSeconds) -> String {
    let state = state_of(key, now);
    let since_or_until = match state {
        KeyState::Revoked => key.revoked_at.map(|at| format!(" since {at}")),
        KeyState::Expired => key.expires_at.map(|at| format!(" since {at}")),
        KeyState::Good => key.expires_at.map(|at| format!(" until {at}")),
    };
    format!("  key {} {}{}", key_id(key), word(state), since_or_until.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use topics::state::State;

    use super::*;
    use crate::decide::tests::{hall, instant, key};

    fn accounts() -> Accounts {
        let made = instant("2026-07-01T00:00:00Z");
        let mut account = hall("guangzhou/tianhe-hall");
        account.keys = vec![
            AccountKey { expires_at: Some(made), ..key("hcp_1", made) },
            AccountKey { expires_at: Some(instant("2026-08-01T00:00:00Z")), ..key("hcp_2", made) },
        ];
        let nationwide = Account {
            reach: Reach::Nationwide,
            channels: None,
            simulated: true,
            ..hall("simulator")
        };
        let mut accounts = Accounts::default();
        for account in [account, nationwide] {
            let key = AccountState::key(&account);
            let event = AccountState::to_event(&account);
            accounts.apply(Some(key.as_bytes()), Some(&event), 0).expect("our own event");
        }
        accounts.apply(Some(b"later"), Some(b"{}"), 9).expect_err("it cannot be read");
        accounts
    }

    #[test]
    fn a_list_says_what_accounts_may_do_and_what_their_keys_are_worth() {
        let text = as_text(&accounts(), instant("2026-07-02T00:00:00Z"));
        for line in [
            "guangzhou/tianhe-hall",
            "  posts service, review; area 440106000000; channels hall; 31 days back; \
             at most 50 events a second",
            "expired since 2026-07-01T00:00:00Z",
            "good until 2026-08-01T00:00:00Z",
            "  simulated: posts service, review; nationwide; every channel; 31 days back",
            "  cannot be used: the record at offset 9",
        ] {
            assert!(text.contains(line), "{line}\nin:\n{text}");
        }
    }

    #[test]
    fn a_list_as_json_says_nationwide_and_shows_no_hash() {
        let json = as_json(&accounts(), instant("2026-07-02T00:00:00Z"));
        let accounts = &json["accounts"];
        assert_eq!(accounts[0]["area_code"], "440106000000");
        assert_eq!(accounts[0]["nationwide"], false);
        assert_eq!(accounts[0]["keys"][0]["state"], "expired");
        assert_eq!(accounts[0]["keys"][1]["state"], "good");
        assert_eq!(accounts[1]["nationwide"], true);
        assert_eq!(
            (&accounts[0]["simulated"], &accounts[1]["simulated"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(json["unreadable"][0]["source"], "later");
        let hash = blake3::hash(b"hcp_1").to_hex().to_string();
        assert!(!json.to_string().contains(&hash));
    }
}
