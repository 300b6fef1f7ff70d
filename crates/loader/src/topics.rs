//! Which topics are read, and what their records are called: by number in the tables, by id in
//! events, by name among people.

use std::collections::HashMap;

use domain::{Kind, Position};
use tables::migrations::RegisteredTopic;
use topics::{KafkaConfig, Topic};
use uuid::Uuid;
use wire::Origin;

use crate::quarantine::Place;

/// What a topic holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Events of a kind: its records become rows of `records`.
    Events(Kind),
    /// What is said about records that could not be loaded.
    Quarantine,
}

/// What is known of a topic that is read.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) topic: Topic,
    pub(crate) content: Content,
    pub(crate) number: u8,
    pub(crate) id: Uuid,
    pub(crate) name: String,
}

/// The topics that are read.
#[derive(Debug)]
pub(crate) struct Topics {
    by_name: HashMap<String, Known>,
    by_topic: HashMap<Topic, String>,
}

impl Topics {
    pub(crate) fn new(config: &KafkaConfig, registered: &[RegisteredTopic]) -> Self {
        let kinds = [Kind::Service, Kind::Review, Kind::Disposition];
        let known = registered.iter().map(|&RegisteredTopic { topic, number, id }| {
            let kind = kinds.into_iter().find(|kind| Topic::of(*kind) == topic);
            let content = kind.map_or(Content::Quarantine, Content::Events);
            Known { topic, content, number, id, name: config.topic(topic) }
        });
        let by_name: HashMap<_, _> = known.map(|known| (known.name.clone(), known)).collect();
        let by_topic = by_name.values().map(|known| (known.topic, known.name.clone())).collect();
        Self { by_name, by_topic }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.by_name.keys().map(String::as_str).collect()
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<&Known> {
        self.by_name.get(name)
    }

    pub(crate) fn name(&self, topic: Topic) -> &str {
        &self.by_topic[&topic]
    }

    pub(crate) fn known(&self, topic: Topic) -> &Known {
        &self.by_name[self.name(topic)]
    }

    /// The topic of a number, if its records become rows.
    fn of_number(&self, number: u8) -> Option<(&Known, Kind)> {
        self.by_name.values().find_map(|known| match known.content {
            Content::Events(kind) if known.number == number => Some((known, kind)),
            Content::Events(_) | Content::Quarantine => None,
        })
    }

    /// A position as the world names it; nothing if its topic is not one of these.
    pub(crate) fn origin(&self, position: Position) -> Option<Origin> {
        let (known, kind) = self.of_number(position.topic)?;
        let Position { partition, offset, .. } = position;
        Some(Origin { kind, topic_id: known.id, partition, offset })
    }

    /// Our number of a topic that the world has named; nothing if it is not one of these, or another
    /// one of the same name.
    pub(crate) fn number_of(&self, origin: &Origin) -> Option<u8> {
        let is_it = |known: &&Known| {
            known.id == origin.topic_id && known.content == Content::Events(origin.kind)
        };
        self.by_name.values().find(is_it).map(|known| known.number)
    }

    /// A position as people write it; nothing if its topic is not one of these.
    pub(crate) fn place(&self, position: Position) -> Option<Place> {
        let (known, _) = self.of_number(position.topic)?;
        let Position { partition, offset, .. } = position;
        Some(Place { topic: known.topic, partition, offset })
    }

    /// What people wrote, as the tables have it.
    pub(crate) fn position(&self, place: Place) -> Position {
        let Place { topic, partition, offset } = place;
        Position { topic: self.known(topic).number, partition, offset }
    }
}
