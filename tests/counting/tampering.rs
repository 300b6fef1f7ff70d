//! The counting rule, broken in one way each: what a comparison has to notice.

/// The true rule, or the rule broken in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering {
    AsItIs,
    /// The rank of a review ignores its revision.
    RankWithoutRevision,
    /// Records of the same event are one row.
    RecordsKeyedByEvent,
    /// A record that is stored twice counts twice towards the label.
    LabelByCount,
    /// Dispositions do not count towards the label.
    LabelWithoutDispositions,
    /// Of two recounts the one that is written last wins.
    NoLabel,
    /// A review that was set aside still counts.
    DispositionsIgnored,
    /// The record at the end of a cut lies below it.
    CutWithItsEnd,
    /// The set of a case's channels has other bits than those of its channels.
    ChannelsByAnotherBit,
    /// What was counted is said to reach to its earliest record.
    ThroughTheEarliest,
    /// A simulated record that is stored twice is two.
    SimulatedByCount,
}

impl Tampering {
    pub(super) fn of_statement(self, statement: &str) -> String {
        match self {
            Self::AsItIs | Self::RecordsKeyedByEvent | Self::NoLabel => statement.to_owned(),
            Self::RankWithoutRevision => replaced(
                statement,
                "review_group, records.rank AS rank, version",
                "review_group, records.rank - bitShiftLeft(toUInt256(revision), 64) AS rank, version",
            ),
            Self::LabelByCount => replaced(statement, "uniqExact(position)", "count()"),
            Self::LabelWithoutDispositions => replaced(
                statement,
                "uniqExact(position)",
                "uniqExactIf(position, kind != 'disposition')",
            ),
            Self::DispositionsIgnored => replaced(statement, "= 'set_aside'", "= 'none'"),
            Self::ChannelsByAnotherBit => replaced(statement, "channel - 1", "channel"),
            Self::ThroughTheEarliest => replaced(statement, "max(appended_at)", "min(appended_at)"),
            Self::SimulatedByCount => {
                replaced(statement, "uniqExactIf(position, simulated)", "countIf(simulated)")
            }
            Self::CutWithItsEnd => {
                replaced(statement, "offset < transform(", "offset <= transform(")
            }
        }
    }

    pub(super) fn of_table(self, create: &str) -> String {
        match self {
            Self::RecordsKeyedByEvent => {
                replaced(create, "kind, review, topic, partition, offset", "kind, review, event")
            }
            Self::NoLabel => {
                replaced(create, "ReplacingMergeTree(generation)", "ReplacingMergeTree")
            }
            _ => create.to_owned(),
        }
    }
}

/// Replaces a text. A mutant that changes nothing would prove nothing, but not every statement
/// contains the text.
fn replaced(text: &str, from: &str, to: &str) -> String {
    text.replace(from, to)
}
