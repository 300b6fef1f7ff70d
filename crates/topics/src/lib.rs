//! What rests in Kafka: the topics and how they are made, the settings on which promises rest, and
//! where a record lies.
//!
//! It decides nothing about events and knows no table.

mod ids;
mod kafka;
mod settled;
mod watch;

pub use crate::kafka::{
    BATCH_RECORDS_MAX, KafkaConfig, PARTITIONS_MAX, SOURCE_HEADER, Topic, TopicLayout,
    create_topics, topic_ids,
};
pub use crate::settled::settled;
pub use crate::watch::{Recreated, TopicWatch};
