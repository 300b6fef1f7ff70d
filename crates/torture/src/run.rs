//! `haochaping torture`: all faults, mixed at random, under load, for any length of time.
//!
//! A seed decides what is posted and which fault begins when and lasts how long; how the processes
//! interleave is the machine's affair. Rounds go on until the time is up: faults, then everything is
//! healed and the oracle is asked; now and then everything is loaded and counted once more from the
//! very beginning, and rebuilt and compared with what is there, and it is asked again.
#![allow(clippy::print_stdout, reason = "it speaks to a person")]

mod report;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::breakable::Breakable;
use crate::fault::{Fault, Stage};
use crate::oracle::{self, Agreement};
use crate::run::report::Report;
use crate::tamper;
use services::Service;
use testbed::engines::OwnEngines;

/// How long to run, and with which seed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Args {
    /// Minutes to run; the last round may end a little later.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub minutes: u64,
    /// Seed that decides which events are posted and which faults begin.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// How long faults continue in a round until all are ended.
const ROUND: Duration = Duration::from_secs(45);

/// The time from one fault to the next, in milliseconds.
const GAP_MS: std::ops::Range<u64> = 500..5_000;

/// How long a fault lasts, in milliseconds: shorter or longer than a consumer's session timeout.
const LASTS_MS: std::ops::Range<u64> = 200..11_000;

/// The number of rounds after which everything is replayed.
const REPLAY_EVERY: u64 = 3;

/// The interval between posts, and the number of services in each.
const LOAD: (Duration, usize) = (Duration::from_millis(200), 25);

/// Runs until the time is up. Returns true if all sets were equal each time.
///
/// # Errors
///
/// If the environment is unsuitable.
pub async fn torture(args: Args, stop: CancellationToken) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("failed to find this program")?;
    println!("seed {}", args.seed);
    let mut report = Report::begin(Duration::from_secs(args.minutes * 60));
    // A wait that exceeds its deadline panics, as in a test.
    let run = tokio::spawn(async move {
        let result = run(args, &program, &mut report, &stop).await;
        (report, result)
    });
    let (report, result) = match run.await {
        Ok(done) => done,
        Err(panic) => return Err(anyhow!(panic).context(format!("with seed {}", args.seed))),
    };
    report.finish();
    match result {
        Ok(()) if !report.has_agreed() => {
            println!("nothing was compared");
            Ok(false)
        }
        Ok(()) => {
            println!("every set was equal each time");
            Ok(true)
        }
        Err(difference) => {
            println!("with seed {}: {difference:#}", args.seed);
            Ok(false)
        }
    }
}

async fn run(
    args: Args,
    program: &Path,
    report: &mut Report,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let engines = OwnEngines::start(program).await;
    let breakable = Breakable::start(program, engines.installation()).await;
    let mut stage = Stage::new(engines, breakable);
    println!("logs are in {}", stage.breakable.world.keep().display());
    let mut chance = Chance(ChaCha8Rng::seed_from_u64(args.seed));
    let until = Instant::now() + Duration::from_secs(args.minutes * 60);
    for round in 1.. {
        if Instant::now() >= until || stop.is_cancelled() {
            break;
        }
        let seed = args.seed.wrapping_mul(1_000_003).wrapping_add(round);
        poison(&stage, seed).await;
        let load = stage.breakable.sender.load(seed, LOAD.0, LOAD.1);
        let faults = break_things(&mut stage, &mut chance, report, stop).await;
        load.finish().await;
        let mut asked = ask(&mut stage, report).await;
        let panicked = stage.breakable.world.panicked();
        ensure!(panicked.is_empty(), "round {round}: a service has panicked:\n{panicked}");
        if asked.is_ok() && round % REPLAY_EVERY == 0 {
            replay(&mut stage).await;
            asked = ask(&mut stage, report).await.context("after a replay of everything");
            if asked.is_ok() {
                rebuild(&stage)?;
                asked = ask(&mut stage, report).await.context("after a rebuild of everything");
            }
        }
        if let Err(difference) = asked {
            let logs = stage.breakable.world.keep().display().to_string();
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            let of_round =
                format!("round {round}, after {}; logs are in {logs}", faults.join(", "));
            return Err(difference.context(of_round));
        }
    }
    Ok(())
}

/// Begins and ends faults for a round, and ends all of them at the end. Returns those that began.
async fn break_things(
    stage: &mut Stage,
    chance: &mut Chance,
    report: &mut Report,
    stop: &CancellationToken,
) -> Vec<Fault> {
    let end = Instant::now() + ROUND;
    let mut next = Instant::now() + chance.millis(GAP_MS);
    let mut active: BTreeMap<Fault, Instant> = BTreeMap::new();
    let faults = Fault::all();
    let mut began = Vec::new();
    while Instant::now() < end && !stop.is_cancelled() {
        let now = Instant::now();
        if now >= next {
            next = now + chance.millis(GAP_MS);
            let fault = chance.one_of(&faults);
            let lasts = chance.millis(LASTS_MS);
            if active.keys().all(|other| other.target() != fault.target()) {
                report.began(fault);
                fault.begin(stage).await;
                active.insert(fault, Instant::now() + lasts);
                began.push(fault);
            }
        }
        let over: Vec<_> = active.iter().filter(|(_, end)| **end <= now).map(|(f, _)| *f).collect();
        for fault in over {
            active.remove(&fault);
            fault.heal(stage).await;
        }
        // Paused services have not ended, and killed ones are not restarted here.
        stage.supervise();
        report.tick(stage.breakable.sender.events());
        sleep(Duration::from_millis(50)).await;
    }
    for fault in active.into_keys() {
        fault.heal(stage).await;
    }
    stage.until_ready().await;
    began
}

/// Asks the oracle.
async fn ask(stage: &mut Stage, report: &mut Report) -> anyhow::Result<Agreement> {
    let since = Instant::now();
    let acknowledged = stage.breakable.sender.acknowledged();
    let asked = oracle::until_equal(&stage.breakable.world, &acknowledged).await;
    report.ended_by_themselves = stage.ended_by_themselves;
    if let Ok(agreement) = &asked {
        report.agreed(*agreement, since.elapsed());
    }
    asked
}

/// Writes a record that is not an event into a topic, as a stranger would.
async fn poison(stage: &Stage, seed: u64) {
    let Breakable { world, sender, .. } = &stage.breakable;
    let value = format!("no event {seed}").into_bytes();
    tamper::write(&world.installation, "reviews", "stranger", &value).await;
    sender.note_foreign(&value);
}

/// Rebuilds everything that is derived: the records from Kafka, the counts from the records.
/// Nothing may differ.
fn rebuild(stage: &Stage) -> anyhow::Result<()> {
    let said = stage.breakable.world.command("rebuild", &["--all", "--records"]);
    ensure!(said.succeeded(), "a rebuild differs: {said}");
    Ok(())
}

/// Makes loader and counter read everything again from the beginning.
async fn replay(stage: &mut Stage) {
    let world = &mut stage.breakable.world;
    for service in [Service::Loader, Service::Counter] {
        let service = &mut world[service];
        service.kill();
    }
    for group in tamper::groups(&world.installation.kafka) {
        tamper::rewind(&world.installation.kafka, &group).await;
    }
    world[Service::Loader].start();
    world[Service::Counter].start();
    let kafka = world.installation.kafka.clone();
    stage.until_ready().await;
    tamper::until_recounted(&kafka).await;
}

/// The random choices.
struct Chance(ChaCha8Rng);

impl Chance {
    fn millis(&mut self, range: std::ops::Range<u64>) -> Duration {
        Duration::from_millis(range.start + self.0.next_u64() % (range.end - range.start))
    }

    fn one_of(&mut self, faults: &[Fault]) -> Fault {
        let index = self.0.next_u64() % faults.len() as u64;
        faults[usize::try_from(index).expect("an index")]
    }
}
