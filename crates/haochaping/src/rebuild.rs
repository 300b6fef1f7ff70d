//! `haochaping rebuild`: derives tables again next to the live ones, compares, and swaps.
#![expect(clippy::print_stdout, reason = "it is what the person asked for")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use counter::rebuild::{Compared, Difference};
use domain::Month;
use indicatif::{ProgressBar, ProgressStyle};
use loader::rebuild::{Fault, RecordDifference};
use tables::{ClickHouseConfig, Engines, Rule};
use topics::KafkaConfig;

/// The most differences of a table that are printed one by one.
const TOLD_MAX: usize = 20;

/// What is rebuilt.
#[derive(Debug, Args)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    clickhouse: ClickHouseConfig,
    #[command(flatten)]
    kafka: KafkaConfig,
    /// Rebuild the counts of this month only, such as 2023-07.
    #[arg(long, value_name = "YYYY-MM", required_unless_present = "all", conflicts_with = "all")]
    month: Option<Month>,
    /// Rebuild the counts of all months.
    #[arg(long)]
    all: bool,
    /// Rebuild the records from Kafka too. This is needed if this version loads them differently from
    /// the previous one. Stop the loaders of other versions first; loaders of this version may run.
    #[arg(long, requires = "all")]
    records: bool,
    /// Swap the tables even if they differ. The differences are printed first.
    #[arg(long)]
    swap_differing: bool,
}

impl RebuildArgs {
    /// Runs the command. The exit code is 1 if something differs and nothing was swapped.
    ///
    /// # Errors
    ///
    /// What a person should read.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let engines = Engines::open(self.clickhouse, self.kafka).await?;
        if self.records && !rebuild_records(&engines, self.swap_differing).await? {
            return Ok(ExitCode::FAILURE);
        }
        let client = engines.client();
        let months = match self.month {
            Some(month) => vec![month],
            None => tables::rebuilt_counts::months(&client).await?,
        };
        let is_swapped = rebuild_counts(&client, &months, self.swap_differing).await?;
        tables::rebuilt_counts::end(&client).await?;
        if self.records {
            loader::rebuild::end(&engines).await?;
        }
        Ok(if is_swapped { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Rebuilds the records. Returns true if they were swapped.
async fn rebuild_records(engines: &Engines, swap_differing: bool) -> anyhow::Result<bool> {
    let bar = bar("records", 0);
    let rebuilt = loader::rebuild::build(engines, &bar).await?;
    bar.suspend(|| {
        if rebuilt.carried_over > 0 {
            println!(
                "{} rows were carried over as they are: Kafka no longer has their records.",
                rebuilt.carried_over
            );
        }
        tell_records(engines, &rebuilt.differences);
    });
    if !rebuilt.differences.is_empty() && !swap_differing {
        bar.finish_and_clear();
        loader::rebuild::end(engines).await?;
        println!("{REFUSED}");
        return Ok(false);
    }
    loader::rebuild::swap(engines, &rebuilt, &bar).await?;
    bar.finish_and_clear();
    println!("records: {} rebuilt and swapped.", bar.position());
    Ok(true)
}

/// Printed when nothing is swapped.
const REFUSED: &str = "Nothing was swapped. Find out why it differs; to swap nevertheless, use \
                       --swap-differing.";

/// Rebuilds the counts. Returns true if they were swapped.
async fn rebuild_counts(
    client: &clickhouse::Client,
    months: &[Month],
    swap_differing: bool,
) -> anyhow::Result<bool> {
    tables::rebuilt_counts::begin(client).await?;
    let steps = u64::try_from(months.len()).unwrap_or(u64::MAX).saturating_mul(TABLES);
    let bar = bar("tables of months", steps.saturating_mul(2));
    let compared = counter::rebuild::compare(client, &Rule::KNOWN, months, &bar).await?;
    let differing = bar.suspend(|| tell_counts(&compared));
    if differing > 0 && !swap_differing {
        bar.finish_and_clear();
        println!("{REFUSED}");
        return Ok(false);
    }
    let late =
        counter::rebuild::swap(client, &Rule::KNOWN, &compared, swap_differing, &bar).await?;
    bar.finish_and_clear();
    if !late.is_empty() {
        tell(&late);
        println!("Counts are being changed at this moment. The months before were swapped.");
        return Ok(false);
    }
    println!("counts: {} tables of months rebuilt and swapped.", compared.len());
    Ok(true)
}

/// The number of tables of counts.
const TABLES: u64 = counter::rebuild::TABLES as u64;

/// Prints the differences, and returns how many there are.
fn tell_counts(compared: &[Compared]) -> usize {
    let mut all = 0;
    for Compared { table, month, differences, behind } in compared {
        if *behind > 0 {
            println!(
                "{table} {month}: {behind} rows are behind, which is no fault: the counter has yet to reach them."
            );
        }
        if !differences.is_empty() {
            println!("{table} {month}: {} differences", differences.len());
            tell(differences);
            all += differences.len();
        }
    }
    all
}

fn tell(differences: &[Difference]) {
    for Difference { bucket, column, live, rebuilt } in differences.iter().take(TOLD_MAX) {
        println!("  {bucket}: {column}: live {live}, rebuilt {rebuilt}");
    }
    tell_rest(differences.len());
}

fn tell_rest(all: usize) {
    if all > TOLD_MAX {
        println!("  … and {} more", all - TOLD_MAX);
    }
}

fn tell_records(engines: &Engines, differences: &[RecordDifference]) {
    if differences.is_empty() {
        return;
    }
    println!("records: {} differences", differences.len());
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, RecordDifference { position, fault }) in differences.iter().enumerate() {
        let what = match fault {
            Fault::Missing => "no row is stored".to_owned(),
            Fault::Surplus => "a row is stored that this record does not make".to_owned(),
            Fault::Several => "several rows are stored".to_owned(),
            Fault::Differs(names) => {
                for name in names {
                    *columns.entry(name).or_default() += 1;
                }
                format!("the row differs in {}", names.join(", "))
            }
        };
        if index < TOLD_MAX {
            let address = engines.kafka().address(*position);
            let name =
                address.map_or_else(|| format!("{position:?}"), |address| address.to_string());
            println!("  {name}: {what}");
        }
    }
    tell_rest(differences.len());
    for (column, records) in columns {
        println!("  column {column}: {records}");
    }
}

fn bar(of: &'static str, steps: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:40} {human_pos} of {human_len} {msg}, {eta} left");
    let bar = ProgressBar::new(steps).with_message(of);
    bar.set_style(style.expect("a template of this crate"));
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
