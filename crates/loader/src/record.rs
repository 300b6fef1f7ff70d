//! What is taken from a message of Kafka.

use anyhow::Context;
use domain::{Position, SourceId};
use rdkafka::message::{Headers, Message};
use topics::{PARTITIONS_MAX, SOURCE_HEADER};

use crate::row::Appended;

/// Where and when a message of the topic with this number was appended.
pub(crate) fn appended(topic: u8, message: &impl Message) -> anyhow::Result<Appended> {
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

/// Who posted a record, as the intake wrote beside it: known even where the value is unreadable.
pub(crate) fn source_of(message: &impl Message) -> Option<SourceId> {
    let headers = message.headers()?;
    let source = headers.iter().find(|header| header.key == SOURCE_HEADER)?;
    std::str::from_utf8(source.value?).ok()?.parse().ok()
}
