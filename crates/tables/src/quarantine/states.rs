//! Which records are quarantined and what has become of them: the only statement that derives states.
//!
//! A record is *replayed* if there is a row of another kind at its position, otherwise *discarded* if
//! an entry says so, otherwise *open*.

use anyhow::Context;
use clickhouse::{Client, Row};
use domain::{Position, QuarantineState};
use serde::Deserialize;

/// A record that is quarantined, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Where it rests.
    pub position: Position,
    /// When Kafka took it, in seconds since 1970.
    pub appended_at: u32,
    /// What has become of it.
    pub state: QuarantineState,
    /// Why it was quarantined: a word of [`domain::QuarantineReason`], or what an older version said.
    pub reason: String,
    /// The field that is wrong, as a JSON Pointer.
    pub pointer: String,
    /// What is wrong, without the value.
    pub detail: String,
    /// The source that posted it; empty if that is unknown.
    pub source: String,
    /// The hash of its bytes; empty until the loader has read the entry in the topic `quarantine`.
    pub event: String,
    /// Why it was discarded, if it was.
    pub discard: Option<Discard>,
}

/// That a record was discarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discard {
    /// A word of [`domain::DiscardReason`].
    pub reason: String,
    /// In more words.
    pub note: String,
    /// In seconds since 1970.
    pub decided_at: u32,
}

/// A position and its state.
pub type Known = (Position, QuarantineState);

/// Rows of what is quarantined: one partition of the table and the beginning of its key.
const ROWS: &str =
    "records FINAL WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined'";

/// Positions and states, by one statement and so of one moment.
fn states() -> String {
    format!(
        "SELECT topic, partition, offset,
    multiIf((topic, partition, offset) IN (
        SELECT topic, partition, offset FROM records
        WHERE kind != 'quarantined' AND (topic, partition, offset) IN (SELECT topic, partition, offset FROM {ROWS})
    ), 'replayed', (topic, partition, offset) IN (
        SELECT topic, partition, offset FROM quarantine WHERE entry = 'discarded'
    ), 'discarded', 'open') AS state
FROM {ROWS}"
    )
}

#[derive(Row, Deserialize)]
struct StateRow {
    topic: u8,
    partition: u16,
    offset: u64,
    state: String,
}

/// Every record that is or was quarantined, with its state.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn known(client: &Client) -> anyhow::Result<Vec<Known>> {
    let rows: Vec<StateRow> = client
        .query_raw(&states())
        .fetch_all()
        .await
        .context("failed to read the states of what is quarantined")?;
    let known = rows.into_iter().map(|StateRow { topic, partition, offset, state }| {
        let state = state.parse().context("an unknown state")?;
        Ok((Position { topic, partition, offset }, state))
    });
    known.collect()
}

/// The quarantined records about which nobody has decided. While there are any, no month may be
/// published.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn open(client: &Client) -> anyhow::Result<Vec<Position>> {
    let known = known(client).await?.into_iter();
    let open = known.filter(|(_, state)| *state == QuarantineState::Open);
    Ok(open.map(|(position, _)| position).collect())
}

#[derive(Row, Deserialize)]
struct FullRow {
    topic: u8,
    partition: u16,
    offset: u64,
    state: String,
    appended_at: u32,
    reason: String,
    source: String,
    pointer: String,
    detail: String,
    event: String,
    is_discarded: bool,
    discard_reason: String,
    note: String,
    decided_at: u32,
}

/// All that is known of every record that is or was quarantined, in the order of positions.
///
/// # Errors
///
/// If ClickHouse does not answer.
pub async fn list(client: &Client) -> anyhow::Result<Vec<Quarantined>> {
    let states = states();
    let statement = format!(
        "SELECT topic, partition, offset, state, appended_at, reason, source, pointer, detail, event,
    is_discarded, discard_reason, note, decided_at
FROM ({states}) AS states
INNER JOIN (SELECT topic, partition, offset, appended_at, toString(reason) AS reason, toString(source) AS source FROM {ROWS}) AS record
    USING (topic, partition, offset)
LEFT JOIN (SELECT topic, partition, offset, pointer, detail, event FROM quarantine FINAL WHERE entry = 'quarantined') AS entry
    USING (topic, partition, offset)
LEFT JOIN (SELECT topic, partition, offset, true AS is_discarded, toString(reason) AS discard_reason, note, decided_at FROM quarantine FINAL WHERE entry = 'discarded') AS discard
    USING (topic, partition, offset)
ORDER BY topic, partition, offset"
    );
    let rows: Vec<FullRow> =
        client.query_raw(&statement).fetch_all().await.context("failed to read the quarantine")?;
    rows.into_iter().map(Quarantined::try_from).collect()
}

impl TryFrom<FullRow> for Quarantined {
    type Error = anyhow::Error;

    fn try_from(row: FullRow) -> anyhow::Result<Self> {
        let discard = row.is_discarded.then_some(Discard {
            reason: row.discard_reason,
            note: row.note,
            decided_at: row.decided_at,
        });
        Ok(Self {
            position: Position { topic: row.topic, partition: row.partition, offset: row.offset },
            appended_at: row.appended_at,
            state: row.state.parse().context("an unknown state")?,
            reason: row.reason,
            pointer: row.pointer,
            detail: row.detail,
            source: row.source,
            event: row.event,
            discard,
        })
    }
}
