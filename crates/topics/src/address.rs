//! Positions of records as people write them: `reviews/0/17`.
//!
//! The tables name a topic by a number ([`domain::Position`]) and events name it by its id
//! (`wire::Origin`). People name it by its name without the prefix.

use std::fmt;
use std::str::FromStr;

use domain::ParseError;

use crate::topic::Topic;

/// Where a record of a topic of events rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordAddress {
    /// A topic of events.
    pub topic: Topic,
    /// The partition.
    pub partition: u16,
    /// The offset.
    pub offset: u64,
}

impl fmt::Display for RecordAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

impl FromStr for RecordAddress {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let parse = || {
            let (topic, rest) = text.split_once('/')?;
            let (partition, offset) = rest.split_once('/')?;
            let topic = topic.parse().ok().filter(|topic| Topic::LOADED.contains(topic))?;
            Some(Self { topic, partition: partition.parse().ok()?, offset: offset.parse().ok()? })
        };
        parse().ok_or(ParseError::new("topic/partition/offset, such as reviews/0/17"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        let address = RecordAddress { topic: Topic::Reviews, partition: 3, offset: 1 << 40 };
        assert_eq!(address.to_string().parse(), Ok(address));
        for wrong in ["reviews/0", "touched/0/1", "quarantine/0/1", "reviews/-1/2", "reviews/1/2/3"]
        {
            assert!(wrong.parse::<RecordAddress>().is_err(), "{wrong}");
        }
    }
}
