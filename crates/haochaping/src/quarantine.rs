//! `haochaping quarantine`: shows records that could not be loaded, and replays or discards them.

mod show;

use std::io::Write;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use domain::{DiscardReason, EpochSeconds, QuarantineState};
use loader::quarantine::{self, Note, Replayed};
use tables::quarantine::Quarantined;
use tables::{ClickHouseConfig, Engines};
use topics::{KafkaConfig, RecordAddress};

/// The engines, and the command.
#[derive(Debug, Args)]
pub(crate) struct QuarantineArgs {
    #[command(flatten)]
    clickhouse: ClickHouseConfig,
    #[command(flatten)]
    kafka: KafkaConfig,
    #[command(subcommand)]
    command: QuarantineCommand,
}

#[derive(Debug, Subcommand)]
enum QuarantineCommand {
    /// List the records that could not be loaded.
    List {
        /// Show only records in this state.
        #[arg(long, value_enum, default_value_t = Which::Open)]
        state: Which,
        /// Print JSON, one object per line.
        #[arg(long)]
        json: bool,
    },
    /// Show everything that is known about one record.
    Show {
        /// Position of the record: topic/partition/offset.
        position: RecordAddress,
        /// Write only the bytes of the record to standard output. They can be anything, including a
        /// person's name and control sequences that your terminal executes.
        #[arg(long)]
        bytes: bool,
    },
    /// Load records again with this version. Records that are already loaded do not change.
    Replay(Chosen),
    /// Discard records. Discarded records are never loaded and no longer block publication.
    Discard {
        #[command(flatten)]
        chosen: Chosen,
        /// Reason for discarding the records.
        #[arg(long, value_name = "not_ours|test|sent_again|unreadable")]
        reason: DiscardReason,
        /// Short note that others will read. It must not identify a person.
        #[arg(long, default_value = "")]
        note: Note,
    },
}

/// Which records.
#[derive(Debug, Args)]
struct Chosen {
    /// Position of a record, as `quarantine list` shows it: topic/partition/offset. Repeat the flag to
    /// choose several records.
    #[arg(long = "position", value_name = "POSITION", required_unless_present = "all")]
    positions: Vec<RecordAddress>,
    /// Choose all open records.
    #[arg(long, conflicts_with = "positions")]
    all: bool,
}

/// Which records are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Records that await a decision.
    Open,
    /// Records that a replay has loaded.
    Replayed,
    /// Records that were discarded.
    Discarded,
    /// All records.
    All,
}

impl Which {
    fn includes(self, state: QuarantineState) -> bool {
        match self {
            Self::Open => state == QuarantineState::Open,
            Self::Replayed => state == QuarantineState::Replayed,
            Self::Discarded => state == QuarantineState::Discarded,
            Self::All => true,
        }
    }
}

impl QuarantineArgs {
    /// Runs the command. The exit code is 1 if a record that was to be replayed is left.
    ///
    /// # Errors
    ///
    /// What a person should read.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let engines = Engines::open(self.clickhouse, self.kafka).await?;
        let records = tables::quarantine::list(&engines.client()).await?;
        let records: Vec<_> = records
            .into_iter()
            .map(|record| (engines.kafka().address(record.position), record))
            .collect();
        match self.command {
            QuarantineCommand::List { state, json } => {
                let listed: Vec<_> =
                    records.iter().filter(|(_, record)| state.includes(record.state)).collect();
                if json {
                    show::lines(&listed);
                } else {
                    show::table(&listed);
                }
                Ok(ExitCode::SUCCESS)
            }
            QuarantineCommand::Show { position, bytes } => {
                let chosen = Chosen { positions: vec![position], all: false };
                chosen.of(&records)?;
                if bytes {
                    let bytes = engines.kafka().record(position).await?.value;
                    std::io::stdout().write_all(&bytes).context("failed to write the bytes")?;
                } else {
                    show::one(position, known(&records, position)?);
                }
                Ok(ExitCode::SUCCESS)
            }
            QuarantineCommand::Replay(chosen) => replay(&engines, &chosen.of(&records)?).await,
            QuarantineCommand::Discard { chosen, reason, note } => {
                let addresses = chosen.of(&records)?;
                for address in &addresses {
                    let state = known(&records, *address)?.state;
                    ensure!(
                        state != QuarantineState::Replayed,
                        "{address} was replayed, and counts: to discard it would change nothing. A \
                         review that must not count is set aside by a disposition"
                    );
                }
                quarantine::discard(&engines, &addresses, reason, &note, now()?).await?;
                show::say(&format!("{} discarded ({reason}).", addresses.len()));
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

/// Records with their positions, as far as those can be named.
type Records = [(Option<RecordAddress>, Quarantined)];

fn known(records: &Records, address: RecordAddress) -> anyhow::Result<&Quarantined> {
    let found = records.iter().find(|(at, _)| *at == Some(address)).map(|(_, record)| record);
    found.with_context(|| {
        format!("{address} is not in the quarantine; `haochaping quarantine list --state all` lists the records that are")
    })
}

impl Chosen {
    /// The chosen records, all of which are in the quarantine.
    fn of(&self, records: &Records) -> anyhow::Result<Vec<RecordAddress>> {
        if self.all {
            let open = records.iter().filter(|(_, record)| record.state == QuarantineState::Open);
            return open
                .map(|(address, record)| {
                    address.with_context(|| {
                        let number = record.position.topic;
                        format!("a record is of the topic with the number {number}, which is no longer read")
                    })
                })
                .collect();
        }
        for address in &self.positions {
            known(records, *address)?;
        }
        Ok(self.positions.clone())
    }
}

async fn replay(engines: &Engines, addresses: &[RecordAddress]) -> anyhow::Result<ExitCode> {
    let mut loaded = 0;
    let mut left = 0;
    for (address, replayed) in quarantine::replay(engines, addresses).await? {
        match replayed {
            Replayed::Loaded => loaded += 1,
            Replayed::Left { reason, pointer, detail } => {
                left += 1;
                show::say(&format!("{address} still cannot be read: {reason} {pointer}: {detail}"));
            }
            Replayed::NotFound { detail } => {
                left += 1;
                show::say(&format!("{address} was not found: {detail}"));
            }
        }
    }
    show::say(&format!("{loaded} loaded, {left} left."));
    if left == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    show::say(
        "What is left needs a version that can read it, or can be discarded with \
         `haochaping quarantine discard --reason …`.",
    );
    Ok(ExitCode::FAILURE)
}

fn now() -> anyhow::Result<EpochSeconds> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let Ok(seconds) = u32::try_from(since.context("the clock is wrong")?.as_secs()) else {
        bail!("the clock is wrong");
    };
    Ok(EpochSeconds::new(seconds))
}
