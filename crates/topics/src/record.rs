//! What is taken from a message of Kafka: where and when it was appended, and who posted it. Decides
//! nothing about its value.

use anyhow::Context;
use domain::{Position, SourceId};
use rdkafka::message::{Headers, Message};

use crate::layout::PARTITIONS_MAX;
use crate::topic::SOURCE_HEADER;

/// Where and when a record was appended.
#[derive(Clone, Copy, Debug)]
pub struct Appended {
    /// Where it rests.
    pub position: Position,
    /// In seconds since 1970, by the broker's clock.
    pub at: u32,
}

/// Where and when a message of the topic with this number was appended.
///
/// # Errors
///
/// If its partition or offset is out of range.
pub fn appended(topic: u8, message: &impl Message) -> anyhow::Result<Appended> {
    let position = Position {
        topic,
        partition: u16::try_from(message.partition())
            .ok()
            .filter(|partition| *partition < PARTITIONS_MAX)
            .context("a topic has more partitions than positions can name")?,
        offset: u64::try_from(message.offset()).context("an offset is negative")?,
    };
    let millis = message.timestamp().to_millis().unwrap_or(0);
    Ok(Appended { position, at: u32::try_from(millis / 1000).unwrap_or(0) })
}

/// The source that posted a record, by the header that the intake wrote: known even where the value
/// is unreadable.
pub fn source_of(message: &impl Message) -> Option<SourceId> {
    let headers = message.headers()?;
    let source = headers.iter().find(|header| header.key == SOURCE_HEADER)?;
    std::str::from_utf8(source.value?).ok()?.parse().ok()
}
