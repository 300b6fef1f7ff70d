//! Everything about data in Kafka: the topics and how they are created, the settings that promises
//! rely on, where records are, and how to read them.
//!
//! This crate knows no table. It decides whether Kafka is still the one that a database was loaded
//! from ([`Differing`]), but the caller says what the database has.

mod address;
mod gaps;
mod ids;
mod kafka;
mod known;
mod layout;
mod offsets;
mod read;
mod record;
mod settings;
mod settled;
pub mod state;
mod tips;
mod topic;
mod watch;

pub use crate::address::RecordAddress;
pub use crate::gaps::GapReader;
pub use crate::kafka::{Kafka, LOADER_GROUP};
pub use crate::known::{Content, KnownTopic, KnownTopics, RegisteredTopic};
pub use crate::layout::{PARTITIONS_MAX, TopicLayout, create_topics, topic_ids};
pub use crate::offsets::PartitionOffsets;
pub use crate::read::{Found, NoRecord, Record};
pub use crate::record::{Appended, appended, source_of};
pub use crate::settings::{BATCH_RECORDS_MAX, KafkaConfig};
pub use crate::settled::settled;
pub use crate::tips::{Differing, Instead, Tip};
pub use crate::topic::{SIMULATED_HEADER, SOURCE_HEADER, Topic};
pub use crate::watch::{Recreated, TopicWatch};
