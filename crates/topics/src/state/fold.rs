//! What the records of a compacted topic mean: the last one of a key is the state of its entity.
//!
//! The result must be the same for a reader that has seen every record and for one that comes after
//! Kafka has compacted the topic. So only the last record of a key may matter, whatever is in it.

use std::collections::BTreeMap;

use wire::Invalid;

use crate::topic::Topic;

/// A kind of state: in which topic it rests, and how the event of an entity is written.
pub trait State: Send + Sync + 'static {
    /// The compacted topic.
    const TOPIC: Topic;

    /// What the state consists of. An event carries one of them whole.
    type Entity: Clone + Send + Sync + 'static;

    /// Under which key the events of an entity rest.
    fn key(entity: &Self::Entity) -> String;

    /// The event that says what an entity is.
    fn to_event(entity: &Self::Entity) -> Vec<u8>;

    /// Reads such an event.
    ///
    /// # Errors
    ///
    /// The first field that is wrong.
    fn parse(event: &[u8]) -> Result<Self::Entity, Invalid>;
}

/// The last record of a key cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record at offset {offset} cannot be read: {invalid}")]
pub struct Unreadable {
    /// Where it rests.
    pub offset: i64,
    /// What is wrong with it.
    pub invalid: Invalid,
}

/// The state that the records of a topic make.
pub struct Fold<S: State> {
    entities: BTreeMap<String, S::Entity>,
    unreadable: BTreeMap<String, Unreadable>,
}

impl<S: State> Default for Fold<S> {
    fn default() -> Self {
        Self { entities: BTreeMap::new(), unreadable: BTreeMap::new() }
    }
}

impl<S: State> Fold<S> {
    /// Takes the next record into account. Without a value it removes the entity.
    ///
    /// A record that cannot be read takes its entity away until a later record says what the entity
    /// is; all others stay. To keep what was known of the entity would be wrong twice: the record may
    /// say that something was revoked, and a process that starts later would not know it any more.
    ///
    /// # Errors
    ///
    /// If the record cannot be read.
    pub fn apply(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        offset: i64,
    ) -> Result<(), Unreadable> {
        let unreadable = |invalid| Unreadable { offset, invalid };
        let key = key.and_then(|key| std::str::from_utf8(key).ok());
        // No entity has such a key, so no entity is concerned.
        let key = key.ok_or_else(|| unreadable(Invalid::new("", "has no key of text")))?;
        let entity = match value.map(S::parse).transpose() {
            Ok(Some(entity)) if S::key(&entity) != key => {
                Err(Invalid::new("", "is not about the entity that its key names"))
            }
            read => read,
        };
        self.entities.remove(key);
        self.unreadable.remove(key);
        match entity {
            Ok(Some(entity)) => {
                self.entities.insert(key.to_owned(), entity);
            }
            Ok(None) => {}
            Err(invalid) => {
                let unreadable = unreadable(invalid);
                self.unreadable.insert(key.to_owned(), unreadable.clone());
                return Err(unreadable);
            }
        }
        Ok(())
    }

    /// The entity of a key.
    pub fn get(&self, key: &str) -> Option<&S::Entity> {
        self.entities.get(key)
    }

    /// All entities, in the order of their keys.
    pub fn entities(&self) -> impl Iterator<Item = &S::Entity> {
        self.entities.values()
    }

    /// The keys whose last record cannot be read.
    pub fn unreadable(&self) -> &BTreeMap<String, Unreadable> {
        &self.unreadable
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An entity is a key and a number: `a=1`.
    struct Numbers;

    impl State for Numbers {
        const TOPIC: Topic = Topic::Accounts;
        type Entity = (String, u8);

        fn key(entity: &Self::Entity) -> String {
            entity.0.clone()
        }

        fn to_event(entity: &Self::Entity) -> Vec<u8> {
            format!("{}={}", entity.0, entity.1).into_bytes()
        }

        fn parse(event: &[u8]) -> Result<Self::Entity, Invalid> {
            let text = std::str::from_utf8(event).map_err(|_| Invalid::new("", "is no text"))?;
            let read = text
                .split_once('=')
                .and_then(|(key, number)| Some((key.to_owned(), number.parse().ok()?)));
            read.ok_or_else(|| Invalid::new("", "is no number"))
        }
    }

    type Record = (&'static str, Option<String>);

    fn fold(records: impl IntoIterator<Item = Record>) -> (Vec<(String, u8)>, Vec<String>) {
        let mut fold = Fold::<Numbers>::default();
        for (offset, (key, value)) in (0..).zip(records) {
            let value = value.as_deref().map(str::as_bytes);
            let _ = fold.apply(Some(key.as_bytes()), value, offset);
        }
        let unreadable = fold.unreadable().keys().cloned().collect();
        (fold.entities().cloned().collect(), unreadable)
    }

    #[test]
    fn the_last_record_of_a_key_is_what_its_entity_is() {
        let records = [("a", Some("a=1")), ("b", Some("b=1")), ("a", Some("a=2")), ("b", None)];
        let records = records.map(|(key, value)| (key, value.map(str::to_owned)));
        assert_eq!(fold(records), (vec![("a".to_owned(), 2)], vec![]));
    }

    #[test]
    fn a_record_that_cannot_be_read_takes_its_own_entity_away_until_a_later_one_can() {
        for poison in ["", "a", "a=x", "b=3"] {
            let mut fold = Fold::<Numbers>::default();
            let mut say = |key: &str, value: &str, offset| {
                fold.apply(Some(key.as_bytes()), Some(value.as_bytes()), offset).is_ok()
            };
            assert!(say("a", "a=1", 0) && say("b", "b=1", 1));
            assert!(!say("a", poison, 2), "{poison}");
            assert_eq!((fold.get("a"), fold.get("b").map(|it| it.1)), (None, Some(1)), "{poison}");
            assert_eq!(fold.unreadable()["a"].offset, 2);
            fold.apply(Some(b"a"), Some(b"a=4"), 3).expect("it can be read");
            assert_eq!(fold.get("a").map(|it| it.1), Some(4));
            assert!(fold.unreadable().is_empty());
        }
    }

    #[test]
    fn a_record_without_a_key_concerns_no_entity() {
        let mut fold = Fold::<Numbers>::default();
        fold.apply(Some(b"a"), Some(b"a=1"), 0).expect("it can be read");
        for key in [None, Some(&b"\xff"[..])] {
            assert!(fold.apply(key, Some(b"a=2"), 1).is_err());
        }
        assert_eq!(fold.get("a").map(|it| it.1), Some(1));
        assert!(fold.unreadable().is_empty());
    }

    fn record() -> impl Strategy<Value = Record> {
        let key = prop::sample::select(vec!["a", "b", "c"]);
        let value = prop_oneof![
            4 => any::<u8>().prop_map(|number| Some(format!("={number}"))),
            1 => Just(Some("?".to_owned())),
            1 => Just(None),
        ];
        (key, value).prop_map(|(key, value): (_, Option<String>)| {
            (key, value.map(|value| format!("{key}{value}")))
        })
    }

    proptest! {
        /// Kafka may drop any record that has a later one under its key.
        #[test]
        fn a_reader_that_comes_after_compaction_has_the_same_state(
            records in prop::collection::vec((record(), any::<bool>()), 0..40),
        ) {
            let compacted = records.iter().enumerate().filter(|(index, ((key, _), is_kept))| {
                *is_kept || !records[index + 1..].iter().any(|((later, _), _)| later == key)
            });
            let compacted = compacted.map(|(_, (record, _))| record.clone());
            let all = records.iter().map(|(record, _)| record.clone());
            prop_assert_eq!(fold(compacted), fold(all));
        }
    }
}
