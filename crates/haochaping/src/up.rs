//! `haochaping up`: everything on one machine.
//!
//! The engines are child processes and the services are parts of this process, each on its own
//! port. They share nothing but the process: every part talks to the others as it does in
//! production.

mod arguments;
mod demo;
mod engines;
mod environment;
mod password;
mod ports;
mod private;
mod ready;
mod settings;

use std::fs;
use std::path::{Path, PathBuf};

use accounts::command::{NewAccount, ensure};
use anyhow::Context;
use daemon::BadEnvironment;
use daemon::lifecycle::Parts;
use embedded::DataDir;
use services::{PORT_BASE, PORT_BASES, Service};
use strum::VariantArray;
use tables::migrations;
use tokio_util::sync::CancellationToken;
use topics::KafkaConfig;

use self::demo::Demo;
use self::engines::Engines;
use self::ports::Ports;

/// Runs everything on one machine.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// Directory in which the engines keep their data and `up` keeps keys.
    #[arg(long, env = "HAOCHAPING_DATA_DIR", default_value_os_t = simulator::default_data_dir())]
    pub(crate) data_dir: PathBuf,
    /// Port of the public pages; the intake listens on the next port, and the rest follow.
    #[arg(long, env = "HAOCHAPING_PORT_BASE", default_value_t = PORT_BASE,
        value_parser = clap::value_parser!(u16).range(PORT_BASES))]
    pub(crate) port_base: u16,
    /// Demonstration data to load at the first start.
    #[arg(long, env = "HAOCHAPING_DEMO", default_value = "sample")]
    pub(crate) demo: Demo,
    /// Address of a running Kafka to use instead of starting one.
    #[arg(long, env = "HAOCHAPING_KAFKA_BROKERS")]
    pub(crate) kafka_brokers: Option<String>,
    /// Address of a running ClickHouse to use instead of starting one.
    #[arg(long, env = "HAOCHAPING_CLICKHOUSE_URL")]
    pub(crate) clickhouse_url: Option<String>,
}

/// How far back the simulator may post: it makes months that are long past.
const SIMULATOR_LATE_DAYS: u16 = u16::MAX;

/// Runs until `stop`.
///
/// # Errors
///
/// [`BadEnvironment`] for what the caller can change about the machine.
pub(crate) async fn run(args: Args, stop: CancellationToken) -> anyhow::Result<()> {
    run_everything(args, stop).await.map_err(|error| {
        let engine = error.downcast_ref::<embedded::Error>();
        if engine.is_some_and(embedded::Error::is_bad_environment) {
            BadEnvironment(format!("{error:#}")).into()
        } else {
            error
        }
    })
}

async fn run_everything(args: Args, stop: CancellationToken) -> anyhow::Result<()> {
    let home = DataDir::open(&args.data_dir)?;
    let ports = Ports::new(args.port_base);
    for port in ports.of_services() {
        embedded::wait_until_free(port).await?;
    }
    let engines = tokio::select! {
        started = Engines::start(&args, &home, ports) => started?,
        // Dropped here, what has started is killed.
        () = stop.cancelled() => return Ok(()),
    };
    let result = run_services(&args, &home, ports, &engines, stop).await;
    engines.stop().await;
    result
}

async fn run_services(
    args: &Args,
    home: &DataDir,
    ports: Ports,
    engines: &Engines,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    environment::write(home, engines)?;
    migrations::run(&engines.clickhouse, &engines.kafka, engines.topics()).await?;
    warn_of_accounts_file(home.path());
    let key_file = simulator::key_file(home.path());
    make_simulator_account(&engines.kafka, &key_file).await?;

    let mut parts = Parts::default();
    for service in Service::VARIANTS {
        let command = settings::service(*service, ports, engines);
        parts.spawn(service.name(), command.run(stop.clone()));
    }
    parts.spawn("engines", engines.watch(stop.clone()));
    parts.spawn("demonstration", {
        let demo = demo::Loading::new(args.demo, home.path(), ports, key_file);
        let (stop, home) = (stop.clone(), home.path().to_owned());
        async move {
            if ready::wait(ports, &stop).await? {
                ports.announce(&home);
                demo.run(stop.clone()).await?;
            }
            // A part that ends stops the others.
            stop.cancelled().await;
            Ok(())
        }
    });
    parts.run(stop).await
}

/// A data directory of an earlier version has its accounts in a file, which nothing reads any more.
/// Sources whose accounts are there alone would be refused, and nobody would know why.
fn warn_of_accounts_file(home: &Path) {
    let file = home.join("accounts.json");
    if file.exists() {
        tracing::warn!(
            file = %file.display(),
            "the file of accounts is not read any more: add the accounts of your own sources with \
             `haochaping account add`, and remove the file"
        );
    }
}

/// The simulator posts like anybody: it needs an account, and finds the key in the data folder.
/// A key that is in the folder already is made good if Kafka does not know it, as after a new Kafka;
/// one that was revoked is not.
async fn make_simulator_account(kafka: &KafkaConfig, key_file: &Path) -> anyhow::Result<()> {
    let folder = key_file.parent().context("the key's file has no folder")?;
    fs::create_dir_all(folder).context("failed to make the folder for keys")?;
    let account = NewAccount {
        source: simulator::SOURCE.parse().expect("a source"),
        area_code: None,
        nationwide: true,
        channels: Vec::new(),
        posts: domain::Kind::VARIANTS.to_vec(),
        simulated: true,
        events_per_second: None,
        late_days: SIMULATOR_LATE_DAYS,
    };
    let (kafka, key_file) = (kafka.clone(), key_file.to_owned());
    tokio::task::spawn_blocking(move || ensure(&kafka, &account, &key_file))
        .await
        .context("the making of an account panicked")?
        .context("failed to make the simulator's account")
}
