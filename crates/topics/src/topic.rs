//! Which topics there are, and which of them the loader reads.
//!
//! The topics of events follow from the kinds of events, which stand once, in [`Kind`].

use domain::Kind;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The topics.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Topic {
    /// What was done.
    Services,
    /// How it was rated.
    Reviews,
    /// What was decided about reviews.
    Dispositions,
    /// What could not be loaded, and which of it was discarded.
    Quarantine,
    /// Which buckets have new records.
    Touched,
    /// Who may post what: state that people change.
    Accounts,
}

/// The header of a record that names the source that posted it, for records whose value cannot be
/// read.
pub const SOURCE_HEADER: &str = "source";

/// The header of a record that an account has posted that simulates. Other records do not have it.
pub const SIMULATED_HEADER: &str = "simulated";

impl Topic {
    /// The topics that the loader brings into the table of records: one for each kind of event.
    pub const LOADED: [Self; Kind::VARIANTS.len()] = {
        let mut topics = [Self::of(Kind::VARIANTS[0]); Kind::VARIANTS.len()];
        let mut index = 0;
        while index < topics.len() {
            topics[index] = Self::of(Kind::VARIANTS[index]);
            index += 1;
        }
        topics
    };

    /// The topics that the loader reads: those of events, and what is said about records that could
    /// not be loaded.
    pub const READ: [Self; Self::LOADED.len() + 1] = {
        let mut topics = [Self::Quarantine; Self::LOADED.len() + 1];
        let mut index = 0;
        while index < Self::LOADED.len() {
            topics[index] = Self::LOADED[index];
            index += 1;
        }
        topics
    };

    /// Whether the topic holds state that people change. Such a topic is compacted, and no table knows
    /// it.
    pub const fn is_state(self) -> bool {
        match self {
            Self::Accounts => true,
            Self::Services
            | Self::Reviews
            | Self::Dispositions
            | Self::Quarantine
            | Self::Touched => false,
        }
    }

    /// Where events of a kind go.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Service => Self::Services,
            Kind::Review => Self::Reviews,
            Kind::Disposition => Self::Dispositions,
        }
    }

    /// The kind of a topic's events; nothing for a topic that holds something else.
    pub fn kind(self) -> Option<Kind> {
        Kind::VARIANTS.iter().copied().find(|kind| Self::of(*kind) == self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_topic_of_its_own_and_the_loader_reads_all_of_them() {
        for kind in Kind::VARIANTS {
            assert_eq!(Topic::of(*kind).kind(), Some(*kind));
            assert!(Topic::LOADED.contains(&Topic::of(*kind)));
        }
        assert_eq!(Topic::READ[..Topic::LOADED.len()], Topic::LOADED);
        let read_too: Vec<_> =
            Topic::READ.into_iter().filter(|topic| topic.kind().is_none()).collect();
        assert_eq!(read_too, [Topic::Quarantine]);
    }
}
