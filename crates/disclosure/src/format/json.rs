//! Writes JSON: a line of a data set is an object, and adjacent columns that share an inner object
//! are its members. An unknown value is null, and an object without any known value is null as a
//! whole.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::cache::Answer;
use crate::dataset::{Column, Value};

/// A document.
pub(crate) fn document(body: &impl Serialize) -> Answer {
    let bytes = serde_json::to_vec(body).expect("keys of bodies are texts");
    Answer::new("application/json", bytes)
}

/// A line as an object.
pub(crate) struct Record<'a, L> {
    pub(crate) columns: &'a [Column<L>],
    pub(crate) line: L,
}

impl<L> Serialize for Record<'_, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let same_object = |one: &Column<L>, next: &Column<L>| {
            one.path.object.is_some() && one.path.object == next.path.object
        };
        for columns in self.columns.chunk_by(same_object) {
            let values = columns.iter().map(|column| (column.path.field, column.value(&self.line)));
            match columns[0].path.object {
                Some(object) => map.serialize_entry(object, &Object(values.collect()))?,
                None => {
                    for (field, value) in values {
                        map.serialize_entry(field, &value)?;
                    }
                }
            }
        }
        map.end()
    }
}

struct Object(Vec<(&'static str, Value)>);

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.iter().all(|(_, value)| *value == Value::Absent) {
            return serializer.serialize_none();
        }
        serializer.collect_map(self.0.iter().map(|(field, value)| (field, value)))
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
        }
    }
}
