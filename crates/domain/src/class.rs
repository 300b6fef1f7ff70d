//! What became of a record, in the words of the ledger.

use strum::VariantArray;

use crate::code::ParseError;
use crate::event::Reason;

/// What became of an accepted record. Each record has exactly one class (D4): the first in this
/// order that applies. A record that could not be loaded has no class; it is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The same event was accepted before, in a lower partition or at a lower offset.
    Repeat,
    /// Another record about the same service, review or decision takes its place.
    Superseded(Superseded),
    /// It describes the service. Each known service has one such record.
    Service,
    /// It decides whether a review counts.
    Disposition,
    /// A review of a hall, a window, an item or a site. It never enters the figures of services.
    OtherSubject,
    /// The further review after a bad one was handled (追评): it never counts.
    FollowUp,
    /// A review that a disposition has set aside.
    SetAside(Reason),
    /// The one review of its service that counts.
    Counted,
    /// Another review of the same service counts.
    Duplicate,
}

/// Why another record holds although this one is not a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Superseded {
    /// Another record has a higher revision.
    LowerRevision,
    /// Another record says something else under the same revision: the source contradicts itself,
    /// and the record with the highest hash holds.
    SameRevision,
}

impl Class {
    /// All classes. A class with reasons is listed once for each reason.
    pub fn all() -> impl Iterator<Item = Self> {
        let superseded = [Superseded::LowerRevision, Superseded::SameRevision];
        [Self::Counted, Self::Duplicate, Self::FollowUp, Self::OtherSubject]
            .into_iter()
            .chain(Reason::VARIANTS.iter().copied().map(Self::SetAside))
            .chain(superseded.map(Self::Superseded))
            .chain([Self::Repeat, Self::Service, Self::Disposition])
    }

    /// Its name, without the reason.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repeat => "repeat",
            Self::Superseded(_) => "superseded",
            Self::Service => "service",
            Self::Disposition => "disposition",
            Self::OtherSubject => "other_subject",
            Self::FollowUp => "follow_up",
            Self::SetAside(_) => "set_aside",
            Self::Counted => "counted",
            Self::Duplicate => "duplicate",
        }
    }

    /// The reason, or an empty string for classes without one.
    pub fn reason(self) -> &'static str {
        match self {
            Self::SetAside(reason) => reason.into(),
            Self::Superseded(Superseded::LowerRevision) => "lower_revision",
            Self::Superseded(Superseded::SameRevision) => "same_revision",
            Self::Repeat
            | Self::Service
            | Self::Disposition
            | Self::OtherSubject
            | Self::FollowUp
            | Self::Counted
            | Self::Duplicate => "",
        }
    }

    /// The class with this name and reason.
    ///
    /// # Errors
    ///
    /// If there is no such class.
    pub fn from_words(name: &str, reason: &str) -> Result<Self, ParseError> {
        Self::all()
            .find(|class| class.name() == name && class.reason() == reason)
            .ok_or(ParseError::new("the name of a class of the ledger with a reason of that class"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_known_by_its_words() {
        for class in Class::all() {
            assert_eq!(Class::from_words(class.name(), class.reason()), Ok(class));
        }
        assert!(Class::from_words("set_aside", "").is_err(), "it must have a reason");
    }
}
