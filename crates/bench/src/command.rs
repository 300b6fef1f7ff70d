//! `haochaping bench`: runs rows, prints the table, and writes it to files on request.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::document::with_table;
use crate::machine::Machine;
use crate::report::{Outcome, Report, Row};
use crate::rows::What;
use crate::table;

/// What to measure, and where to write the results.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What to measure.
    pub what: What,
    /// Number of rounds per side [default: depends on the row]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub rounds: Option<u32>,
    /// Run every row at full length; some then need hours of history or load.
    #[arg(long)]
    pub full: bool,
    /// File to write all measurements to, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Markdown file in which to replace the table between `<!-- bench -->` and `<!-- /bench -->`.
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Number of records, so that a test can run a row in a moment.
    #[arg(long, hide = true)]
    pub records: Option<u64>,
}

/// Measures, and returns true if every row could be measured.
///
/// # Errors
///
/// If a file cannot be written, or the run is stopped.
pub async fn bench(args: Args, stop: CancellationToken) -> anyhow::Result<bool> {
    if let Some(file) = &args.markdown {
        // This is checked now and not after a quarter of an hour.
        tabled(file, "")?;
    }
    let program = std::env::current_exe().context("failed to find this program")?;
    let bench = Bench::new(program, args.rounds, args.full, args.records);
    let mut report = Report {
        began_at: Timestamp::now().round(jiff::Unit::Second)?.to_string(),
        machine: Machine::this()?,
        is_full: args.full,
        rows: Vec::new(),
    };
    for row in args.what.rows() {
        report.rows.push(run(*row, &bench, &stop).await?);
    }
    bench.finish();
    println!("{}", table::terminal(&report.rows));
    if let Some(file) = &args.json {
        let json = serde_json::to_vec_pretty(&report).context("failed to write JSON")?;
        fs::write(file, json).with_context(|| format!("failed to write {}", file.display()))?;
    }
    if let Some(file) = &args.markdown {
        let document = tabled(file, &table::markdown(&report))?;
        fs::write(file, document).with_context(|| format!("failed to write {}", file.display()))?;
    }
    if let [row] = &*report.rows
        && let Some(ratio) = row.ratio()
    {
        println!("ratio {ratio:.2}");
    }
    Ok(report.is_complete())
}

async fn run(row: What, bench: &Bench, stop: &CancellationToken) -> anyhow::Result<Row> {
    let since = Instant::now();
    let (of_row, this) = (bench.clone(), row);
    // A wait that exceeds its deadline panics, as in a test.
    let mut measuring = tokio::spawn(async move { this.measure(&of_row).await });
    let measured = tokio::select! {
        measured = &mut measuring => measured,
        () = stop.cancelled() => {
            // Dropping the task ends the engines and services too.
            measuring.abort();
            let _ = measuring.await;
            bail!("stopped while {row} was measured");
        }
    };
    let outcome = match measured {
        Ok(Ok(measured)) => Outcome::Measured(measured),
        Ok(Err(error)) => Outcome::NotRun(format!("{error:#}")),
        Err(panic) => Outcome::NotRun(said(panic)),
    };
    Ok(Row { name: row.to_string(), seconds: since.elapsed().as_secs_f64(), outcome })
}

/// What a panic said.
fn said(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "it was stopped".to_owned() };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast_ref::<&str>().map_or("it panicked", |text| text).to_owned(),
    }
}

/// A document as it is with the table.
fn tabled(file: &Path, table: &str) -> anyhow::Result<String> {
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("failed to read {name}"))?;
    with_table(&text, table).with_context(|| format!("failed to put the table into {name}"))
}
