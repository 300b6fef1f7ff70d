//! The names of the topics that are read: numbers in the tables, ids in events, names for people.
//! No IO.

use std::collections::HashMap;

use domain::{Kind, Position};
use uuid::Uuid;
use wire::Origin;

use crate::address::RecordAddress;
use crate::settings::KafkaConfig;
use crate::topic::Topic;

/// A topic that the loader reads, as a database has registered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisteredTopic {
    /// Which topic.
    pub topic: Topic,
    /// Our number for its id.
    pub number: u8,
    /// Its id.
    pub id: Uuid,
}

/// What a topic holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Events of a kind: its records become rows of `records`.
    Events(Kind),
    /// What is said about records that could not be loaded.
    Quarantine,
}

/// A topic that is read, by all its names.
#[derive(Clone, Debug)]
pub struct KnownTopic {
    /// Which topic.
    pub topic: Topic,
    /// What it holds.
    pub content: Content,
    /// Our number for its id.
    pub number: u8,
    /// Its id.
    pub id: Uuid,
    /// Its full name.
    pub name: String,
}

/// The topics that are read.
#[derive(Debug)]
pub struct KnownTopics {
    by_name: HashMap<String, KnownTopic>,
    by_topic: HashMap<Topic, String>,
}

impl KnownTopics {
    /// The topics that a database has registered.
    pub fn new(config: &KafkaConfig, registered: &[RegisteredTopic]) -> Self {
        let known = registered.iter().map(|&RegisteredTopic { topic, number, id }| {
            let content = topic.kind().map_or(Content::Quarantine, Content::Events);
            KnownTopic { topic, content, number, id, name: config.topic(topic) }
        });
        let by_name: HashMap<_, _> = known.map(|known| (known.name.clone(), known)).collect();
        let by_topic = by_name.values().map(|known| (known.topic, known.name.clone())).collect();
        Self { by_name, by_topic }
    }

    /// The full names of all.
    pub fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }

    /// The topics of events and our numbers for them, in the order of [`Topic::LOADED`].
    pub fn of_events(&self) -> Vec<(Topic, u8)> {
        Topic::LOADED.map(|topic| (topic, self.known(topic).number)).into()
    }

    /// The topic with this full name, if it is read.
    pub fn by_name(&self, name: &str) -> Option<&KnownTopic> {
        self.by_name.get(name)
    }

    /// The full name of a topic that is read.
    ///
    /// # Panics
    ///
    /// If the topic is not in [`Topic::READ`].
    pub fn name(&self, topic: Topic) -> &str {
        self.by_topic.get(&topic).expect("only topics that are read are asked for")
    }

    /// All that is known of a topic that is read.
    ///
    /// # Panics
    ///
    /// If the topic is not in [`Topic::READ`].
    pub fn known(&self, topic: Topic) -> &KnownTopic {
        &self.by_name[self.name(topic)]
    }

    /// The topic of events with this number, and their kind.
    pub fn of_number(&self, number: u8) -> Option<(&KnownTopic, Kind)> {
        self.by_name.values().find_map(|known| match known.content {
            Content::Events(kind) if known.number == number => Some((known, kind)),
            Content::Events(_) | Content::Quarantine => None,
        })
    }

    /// A position as events name it; nothing if its topic is not one of events.
    pub fn origin(&self, position: Position) -> Option<Origin> {
        let (known, kind) = self.of_number(position.topic)?;
        let Position { partition, offset, .. } = position;
        Some(Origin { kind, topic_id: known.id, partition, offset })
    }

    /// Our number for the topic of an origin; nothing if it is not one of these, or another one of
    /// the same name.
    pub fn number_of(&self, origin: &Origin) -> Option<u8> {
        let is_it = |known: &&KnownTopic| {
            known.id == origin.topic_id && known.content == Content::Events(origin.kind)
        };
        self.by_name.values().find(is_it).map(|known| known.number)
    }

    /// A position as people write it; nothing if its topic is not one of events.
    pub fn address(&self, position: Position) -> Option<RecordAddress> {
        let (known, _) = self.of_number(position.topic)?;
        let Position { partition, offset, .. } = position;
        Some(RecordAddress { topic: known.topic, partition, offset })
    }

    /// An address as the tables write it.
    pub fn position(&self, address: RecordAddress) -> Position {
        let RecordAddress { topic, partition, offset } = address;
        Position { topic: self.known(topic).number, partition, offset }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> KnownTopics {
        let config =
            KafkaConfig { kafka_brokers: "127.0.0.1:9".into(), topic_prefix: "test.".into() };
        let registered = Topic::READ.into_iter().zip(1_u8..).map(|(topic, number)| {
            RegisteredTopic { topic, number, id: Uuid::from_u128(u128::from(number)) }
        });
        KnownTopics::new(&config, &registered.collect::<Vec<_>>())
    }

    #[test]
    fn a_position_an_address_and_an_origin_name_the_same_record() {
        let known = known();
        for (topic, number) in known.of_events() {
            let position = Position { topic: number, partition: 3, offset: 17 };
            let address = known.address(position).expect("a topic of events");
            assert_eq!(address, RecordAddress { topic, partition: 3, offset: 17 });
            assert_eq!(known.position(address), position);
            let origin = known.origin(position).expect("a topic of events");
            assert_eq!(known.number_of(&origin), Some(number));
            assert_eq!(origin.to_string(), address.to_string());
        }
    }

    #[test]
    fn a_topic_that_was_recreated_or_that_holds_no_events_has_no_records_with_an_address() {
        let known = known();
        let (_, number) = known.of_events()[0];
        let position = Position { topic: number, partition: 0, offset: 0 };
        let origin = known.origin(position).expect("a topic of events");
        let recreated = Origin { topic_id: Uuid::from_u128(99), ..origin };
        assert_eq!(known.number_of(&recreated), None);
        let quarantine = known.known(Topic::Quarantine).number;
        assert_eq!(known.address(Position { topic: quarantine, ..position }), None);
    }
}
