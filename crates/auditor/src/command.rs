//! `haochaping ledger`.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use tables::{ClickHouseConfig, Engines};
use topics::KafkaConfig;

use crate::books::Books;
use crate::ledger::{self, Selection};
use crate::show::{self, Detail};
use crate::sources::Sources;

/// Shows what became of every record, and whether the ledger closes. Exits with 0 if it closes, and
/// with 1 if it is open or undecided.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Kafka.
    #[command(flatten)]
    kafka: KafkaConfig,
    /// ClickHouse.
    #[command(flatten)]
    clickhouse: ClickHouseConfig,
    #[command(flatten)]
    selection: Selection,
    /// What each line of the ledger stands for.
    #[arg(long, value_enum, default_value_t = Detail::Month)]
    by: Detail,
    /// Print JSON, with a line for each source, partition, month and class.
    #[arg(long)]
    json: bool,
    /// Repeat while records wait to be loaded or counted, for at most this many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
}

/// How often the books are read again.
const INTERVAL: Duration = Duration::from_secs(1);

/// What the bar looks like.
const TEMPLATE: &str = "{bar:40} {human_pos} of {human_len} records classed, {eta} left";

/// Reads the books and prints them. Returns whether the ledger closes.
///
/// # Errors
///
/// If an engine does not answer.
pub async fn ledger(args: Args) -> anyhow::Result<bool> {
    let engines = Engines::open(args.clickhouse, args.kafka).await?;
    let sources = Sources::new(&engines)?;
    let deadline = Instant::now() + Duration::from_secs(args.wait);
    loop {
        let books = read(&sources, args.selection).await?;
        let verdict = books.conclude().verdict;
        // While records come in, classes and figures may be compared that have seen equally many, and
        // yet not the same ones: a fault is worth telling once nothing passes any more.
        let passes = verdict.reasons().iter().any(|reason| reason.passes());
        if !passes || Instant::now() + INTERVAL > deadline {
            print(&books, args.by, args.json)?;
            return Ok(verdict.closes());
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn read(sources: &Sources, selection: Selection) -> anyhow::Result<Books> {
    let bar =
        if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template(TEMPLATE).expect("a test draws it"));
    let progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let books = ledger::read(sources, selection, progress).await;
    bar.finish_and_clear();
    books
}

#[expect(clippy::print_stdout, reason = "it is what the command is for")]
fn print(books: &Books, by: Detail, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let json = serde_json::to_string_pretty(&show::json(books));
        println!("{}", json.context("failed to write JSON")?);
    } else {
        print!("{}", show::text(books, by));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_can_be_drawn() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
