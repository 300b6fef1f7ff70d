//! The list of the rows, that is, of the measurements, each in its own file.
//!
//! The list knows the rows. No row knows the list: what all of them use stands beside this folder.
//!
//! A row starts its own engines, prepares everything that is not measured, and then measures both
//! sides alternately. It returns lines and notes. It does not decide whether an aim is reached.

mod backfill;
mod history;
mod ingest;
mod kafka_engine;
mod latency;
mod load;
mod memory;
mod month;
mod nginx;
mod recovery;
mod scaling;
mod single;
mod slices;
mod store;

use clap::ValueEnum;
use strum::{Display, VariantArray};

use crate::bench::Bench;
use crate::report::Measured;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, ValueEnum, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum What {
    /// Every row in turn: under a quarter of an hour on two cores without --full.
    All,
    /// From Kafka to ClickHouse: the loader compared with ClickHouse's own Kafka table engine.
    Load,
    /// Batches of 500 events: the intake compared with librdkafka alone.
    Ingest,
    /// Single events: the intake compared with a handler that does nothing, and its latencies.
    Single,
    /// From a post to the public figure.
    Latency,
    /// A published month from end to end, until the public figures agree.
    Backfill,
    /// A month as JSON: the public API compared with nginx serving the same bytes from a file.
    Month,
    /// Figures by item, county and channel, never requested before: a long history compared with a
    /// short one.
    Slices,
    /// Bytes on disk per review: all tables compared with one plain table.
    Store,
    /// Peak memory of each service at full speed.
    Memory,
    /// Draining a backlog while figures are read.
    Recovery,
    /// A second loader, more records, and unevenly distributed records.
    Scaling,
}

impl What {
    /// The rows that it stands for.
    pub fn rows(self) -> &'static [Self] {
        let all = &Self::VARIANTS[1..];
        match all.iter().position(|row| *row == self) {
            Some(index) => &all[index..=index],
            None => all,
        }
    }

    /// Measures a row.
    ///
    /// # Errors
    ///
    /// If it cannot be measured: why, and what to do about it.
    pub async fn measure(self, bench: &Bench) -> anyhow::Result<Measured> {
        match self {
            Self::All => anyhow::bail!("all rows are no row: measure them one by one"),
            Self::Load => load::measure(bench).await,
            Self::Ingest => ingest::measure(bench).await,
            Self::Single => single::measure(bench).await,
            Self::Latency => latency::measure(bench).await,
            Self::Backfill => backfill::measure(bench).await,
            Self::Month => month::measure(bench).await,
            Self::Slices => slices::measure(bench).await,
            Self::Store => store::measure(bench).await,
            Self::Memory => memory::measure(bench).await,
            Self::Recovery => recovery::measure(bench).await,
            Self::Scaling => scaling::measure(bench).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_stands_for_every_row_and_a_row_for_itself() {
        assert_eq!(What::All.rows(), &What::VARIANTS[1..]);
        for row in What::All.rows() {
            assert_eq!(row.rows(), [*row]);
        }
    }
}
