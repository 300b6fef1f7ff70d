//! The rules of counting, each a value that statements are made of.
//!
//! The number of a rule is part of the key of every count, so a new rule is counted beside the old one
//! before anyone reads it. No IO.

use std::fmt;

/// A rule of counting: which of the valid reviews of a service counts.
///
/// Everything else is the same under every rule. A rule that differs elsewhere gets another field here,
/// and statements take it from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its number, which is never given to another rule.
    pub number: u16,
    /// An expression over a row of `records`. Of the valid reviews of a service the one with the greatest
    /// value counts, so the order must be total.
    pub rank: &'static str,
}

impl Rule {
    /// A person's review before a default one, the earliest, the lowest hash, the highest revision.
    /// `domain::reference` says the same.
    pub const FIRST: Self = Self { number: domain::COUNTING_RULE, rank: "records.rank" };

    /// Every rule that this version can count by, in the order of the numbers.
    pub const KNOWN: [Self; 1] = [Self::FIRST];
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_rule_has_a_number_of_its_own_and_none_is_zero() {
        let numbers = Rule::KNOWN.map(|rule| rule.number);
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
        assert!(!numbers.contains(&0));
    }
}
