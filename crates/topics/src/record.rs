//! What is taken from a message of Kafka beside its value: where and when it was appended, who posted it,
//! and whether that account simulates. Decides nothing about its value.

use anyhow::Context;
use domain::{Position, SourceId};
use rdkafka::message::{Headers, Message};

use crate::layout::PARTITIONS_MAX;
use crate::topic::{SIMULATED_HEADER, SOURCE_HEADER};

/// Where and when a record was appended, and whether it is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// Where it rests.
    pub position: Position,
    /// In seconds since 1970, by the broker's clock.
    pub at: u32,
    /// Whether the account that posted it simulates, by the header that the intake wrote.
    pub simulated: bool,
}

/// Where and when a message of the topic with this number was appended, and whether it is simulated.
///
/// # Errors
///
/// If its partition or offset is out of range, or Kafka does not say when it took it.
pub fn appended(topic: u8, message: &impl Message) -> anyhow::Result<Appended> {
    let position = Position {
        topic,
        partition: u16::try_from(message.partition())
            .ok()
            .filter(|partition| *partition < PARTITIONS_MAX)
            .context("a topic has more partitions than positions can name")?,
        offset: u64::try_from(message.offset()).context("an offset is negative")?,
    };
    let millis = message.timestamp().to_millis().context("a record has no time")?;
    let at = u32::try_from(millis / 1000).context("the time of a record is out of range")?;
    Ok(Appended { position, at, simulated: is_simulated(message) })
}

/// Whether a record has the header of simulated records. What the header says is not looked at: nothing
/// that was marked can pass for real.
fn is_simulated(message: &impl Message) -> bool {
    message.headers().is_some_and(|headers| headers.iter().any(|it| it.key == SIMULATED_HEADER))
}

/// The source that posted a record, by the header that the intake wrote: known even where the value
/// is unreadable.
pub fn source_of(message: &impl Message) -> Option<SourceId> {
    let headers = message.headers()?;
    let source = headers.iter().find(|header| header.key == SOURCE_HEADER)?;
    std::str::from_utf8(source.value?).ok()?.parse().ok()
}
