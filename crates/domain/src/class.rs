//! What became of a record: the words of the ledger.

use strum::VariantArray;

use crate::code::ParseError;
use crate::event::Reason;

/// What became of an accepted record. Each has exactly one class (D4), by the first that applies in
/// this order; what could not be loaded has none of these, and is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The same event was accepted before, in a lower partition or at a lower offset.
    Repeat,
    /// Another record about the same service, review or decision holds instead.
    Superseded(Superseded),
    /// It describes the service: there is one for each service that is known.
    Service,
    /// It decides whether a review counts.
    Disposition,
    /// A review of a hall, a window, an item or a site: never among the figures of services.
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

/// Why a record does not hold although it is no repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Superseded {
    /// Its revision is lower than another's.
    LowerRevision,
    /// Another record says something else under the same revision: the source contradicts itself,
    /// and the record with the highest hash holds.
    SameRevision,
}

impl Class {
    /// All classes, those with reasons once for each reason.
    pub fn all() -> impl Iterator<Item = Self> {
        let superseded = [Superseded::LowerRevision, Superseded::SameRevision];
        [Self::Counted, Self::Duplicate, Self::FollowUp, Self::OtherSubject]
            .into_iter()
            .chain(Reason::VARIANTS.iter().copied().map(Self::SetAside))
            .chain(superseded.map(Self::Superseded))
            .chain([Self::Repeat, Self::Service, Self::Disposition])
    }

    /// Its word, without the reason.
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

    /// The reason, for classes that have one; otherwise nothing, as an empty text.
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

    /// The class with this word and reason.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn from_words(name: &str, reason: &str) -> Result<Self, ParseError> {
        Self::all()
            .find(|class| class.name() == name && class.reason() == reason)
            .ok_or(ParseError::new("a class of the ledger and its reason"))
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
