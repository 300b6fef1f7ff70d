//! `haochaping rule`: by which counting rule a province's figures are read.
#![expect(clippy::print_stdout, reason = "it is what the person asked for")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use clickhouse::Client;
use domain::Province;
use tables::active_rule::{activate, all};
use tables::{ClickHouseConfig, Rule, migrations};

/// The most days of a table that are shown one by one.
const SHOWN_MAX: usize = 10;

/// The pointer of a database.
#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    #[command(flatten)]
    clickhouse: ClickHouseConfig,
    #[command(subcommand)]
    command: RuleCommand,
}

#[derive(Debug, Subcommand)]
enum RuleCommand {
    /// Shows the rules that this version counts by, and the rule of every province.
    Show,
    /// Switches figures to a rule, once everything that is stored is counted by it.
    ///
    /// Otherwise the command shows what is not counted yet, activates nothing and exits with the code 1.
    Activate {
        /// The number of the rule.
        rule: u16,
        /// Only this province, by its six digits such as 440000. May be given several times.
        #[arg(long, value_name = "CODE")]
        province: Vec<Province>,
    },
}

impl RuleArgs {
    /// Does it. The code is 1 if counts are missing and nothing was activated.
    ///
    /// # Errors
    ///
    /// What a person should read.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.clickhouse.client();
        migrations::check(&client).await?;
        match self.command {
            RuleCommand::Show => show(&client).await,
            RuleCommand::Activate { rule, province } => {
                let named: BTreeSet<Province> = province.into_iter().collect();
                let provinces = if named.is_empty() { Province::all().collect() } else { named };
                activate_or_show(&client, rule, &provinces).await
            }
        }
    }
}

async fn show(client: &Client) -> anyhow::Result<ExitCode> {
    let known = Rule::KNOWN.map(|rule| rule.to_string());
    println!("This version counts by: {}", known.join(", "));
    let mut by_rule: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for (province, rule) in all(client).await? {
        by_rule.entry(rule).or_default().push(province.to_string());
    }
    for (rule, provinces) in by_rule {
        println!("Read by rule {rule}: {}", provinces.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

async fn activate_or_show(
    client: &Client,
    rule: u16,
    provinces: &BTreeSet<Province>,
) -> anyhow::Result<ExitCode> {
    let missing = activate(client, &Rule::KNOWN, rule, provinces).await?;
    if missing.is_empty() {
        println!("Figures of {} provinces are read by rule {rule}.", provinces.len());
        return Ok(ExitCode::SUCCESS);
    }
    for (table, days) in &missing {
        println!("{table}: {} days are not counted by rule {rule}", days.len());
        for (province, day) in days.iter().take(SHOWN_MAX) {
            println!("  {province} {day}");
        }
    }
    println!("Nothing was activated. Try again when the counter has counted them.");
    Ok(ExitCode::FAILURE)
}
