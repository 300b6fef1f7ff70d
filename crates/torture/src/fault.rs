//! The faults that `haochaping torture` mixes.

use std::fmt;
use std::time::{Duration, Instant};

use services::Service;
use strum::{Display, VariantArray};
use tokio::time::sleep;

use crate::breakable::{Breakable, INSERT_TIMEOUT};
use crate::proxy::{HttpFault, KafkaFault, OFFSET_COMMIT, PRODUCE};
use testbed::engines::OwnEngines;
use testbed::program::Program;
use testbed::wait::DEADLINE;

/// The interval between checks whether everything is ready.
const PAUSE: Duration = Duration::from_millis(100);

/// A fault that lasts for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// SIGKILL to a service.
    Kill(Service),
    /// SIGSTOP to a service, then SIGCONT: a consumer that stood still for longer than its session
    /// comes back as a zombie.
    Stop(Service),
    /// One of the others.
    Other(OtherFault),
}

/// A fault that is not one of every service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Display, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum OtherFault {
    /// SIGKILL.
    KillKafka,
    /// SIGKILL.
    KillClickhouse,
    /// SIGKILL while everything is being merged.
    KillClickhouseWhileItMerges,
    /// SIGSTOP, then SIGCONT.
    StopKafka,
    /// SIGSTOP, then SIGCONT, for longer than the insert timeout.
    StopClickhouse,
    /// A second loader starts, and is told to stop.
    AnotherLoader,
    /// A second counter starts, and is killed.
    AnotherCounter,
    /// ClickHouse has stored the rows, but its answer is lost.
    LoseAnswersOfInserts,
    /// ClickHouse answers after the loader has timed out.
    DelayAnswersOfInserts,
    /// The connection breaks in the middle of an insert.
    CutInserts,
    /// ClickHouse has recounted, but its answer is lost.
    LoseAnswersOfRecounts,
    /// The broker never sees the commits of the loader.
    LoseCommitsOfLoader,
    /// The broker has the touches, but its answers are lost.
    LoseAnswersOfTouches,
    /// The broker never sees the commits of the counter.
    LoseCommitsOfCounter,
    /// The broker has the events, but its answers are lost.
    LoseAnswersOfEvents,
}

/// The target of a fault. Two simultaneous faults never have the same target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The process.
    Service(Service),
    /// The engine.
    Kafka,
    /// The engine.
    ClickHouse,
    /// A second process of the same service.
    OtherLoader,
    /// A second process of the same service.
    OtherCounter,
    /// The connection to ClickHouse.
    Inserts,
    /// The connection to ClickHouse.
    Recounts,
    /// The connection to Kafka.
    LoaderToKafka,
    /// The connection to Kafka.
    CounterToKafka,
    /// The connection to Kafka.
    IngestToKafka,
}

/// Everything that faults can affect.
pub struct Stage {
    /// The engines.
    pub engines: OwnEngines,
    /// The services and their connections to the engines.
    pub breakable: Breakable,
    other_loader: Program,
    other_counter: Program,
    /// How often a service ended by itself and was started again.
    pub ended_by_themselves: u64,
}

impl Stage {
    /// A stage on which everything is running and nothing is broken.
    pub fn new(engines: OwnEngines, breakable: Breakable) -> Self {
        let other_loader = breakable.world.another(Service::Loader, "loader-b");
        let other_counter = breakable.world.another(Service::Counter, "counter-b");
        Self { engines, breakable, other_loader, other_counter, ended_by_themselves: 0 }
    }

    /// Restarts services that have ended by themselves, as a service manager does. A service may
    /// end when the engines are unavailable, but it must not miscount then.
    pub fn supervise(&mut self) {
        let mut ended = 0;
        let mut supervise = |service: &mut Program| {
            if service.is_started() && service.has_ended() {
                service.exit_code();
                service.start();
                ended += 1;
            }
        };
        for service in Service::VARIANTS {
            supervise(&mut self.breakable.world[*service]);
        }
        supervise(&mut self.other_loader);
        supervise(&mut self.other_counter);
        self.ended_by_themselves += ended;
    }

    /// Restarts services that have ended by themselves, and waits until every service is ready.
    pub async fn until_ready(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while !self.breakable.world.all_are_ready().await {
            assert!(Instant::now() < deadline, "not all services are ready at the deadline");
            self.supervise();
            sleep(PAUSE).await;
        }
    }
}

impl Fault {
    /// Every fault: each service is killed and stopped, and the others happen.
    pub fn all() -> Vec<Self> {
        let killed = Service::VARIANTS.iter().copied().map(Self::Kill);
        let stopped = Service::VARIANTS.iter().copied().map(Self::Stop);
        let others = OtherFault::VARIANTS.iter().copied().map(Self::Other);
        killed.chain(stopped).chain(others).collect()
    }

    /// Its target.
    pub fn target(self) -> Target {
        match self {
            Self::Kill(service) | Self::Stop(service) => Target::Service(service),
            Self::Other(fault) => fault.target(),
        }
    }

    /// Begins the fault.
    pub async fn begin(self, stage: &mut Stage) {
        match self {
            Self::Kill(service) => stage.breakable.world[service].kill(),
            Self::Stop(service) => stage.breakable.world[service].pause(),
            Self::Other(fault) => fault.begin(stage).await,
        }
    }

    /// Ends the fault.
    pub async fn heal(self, stage: &mut Stage) {
        match self {
            Self::Kill(service) => stage.breakable.world[service].start(),
            Self::Stop(service) => stage.breakable.world[service].resume(),
            Self::Other(fault) => fault.heal(stage).await,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(service) => f.pad(&format!("kill-{service}")),
            Self::Stop(service) => f.pad(&format!("stop-{service}")),
            Self::Other(fault) => fault.fmt(f),
        }
    }
}

impl OtherFault {
    fn target(self) -> Target {
        match self {
            Self::KillKafka | Self::StopKafka => Target::Kafka,
            Self::KillClickhouse | Self::KillClickhouseWhileItMerges | Self::StopClickhouse => {
                Target::ClickHouse
            }
            Self::AnotherLoader => Target::OtherLoader,
            Self::AnotherCounter => Target::OtherCounter,
            Self::LoseAnswersOfInserts | Self::DelayAnswersOfInserts | Self::CutInserts => {
                Target::Inserts
            }
            Self::LoseAnswersOfRecounts => Target::Recounts,
            Self::LoseCommitsOfLoader | Self::LoseAnswersOfTouches => Target::LoaderToKafka,
            Self::LoseCommitsOfCounter => Target::CounterToKafka,
            Self::LoseAnswersOfEvents => Target::IngestToKafka,
        }
    }

    async fn begin(self, stage: &mut Stage) {
        let Stage { engines, breakable, other_loader, other_counter, .. } = stage;
        let world = &breakable.world;
        match self {
            Self::KillKafka => engines.kill_kafka().await,
            Self::KillClickhouse => engines.kill_clickhouse().await,
            Self::KillClickhouseWhileItMerges => {
                let client = world.installation.clickhouse.client();
                let merging = tokio::spawn(async move {
                    let merge = client.query_raw("OPTIMIZE TABLE records FINAL");
                    // It ends with an error once ClickHouse is killed.
                    let _ = merge.execute().await;
                });
                sleep(Duration::from_millis(20)).await;
                engines.kill_clickhouse().await;
                merging.abort();
            }
            Self::StopKafka => engines.pause_kafka(),
            Self::StopClickhouse => engines.pause_clickhouse(),
            Self::AnotherLoader => other_loader.start(),
            Self::AnotherCounter => other_counter.start(),
            Self::LoseAnswersOfInserts => breakable.inserts.begin(HttpFault::SwallowAnswers),
            Self::DelayAnswersOfInserts => {
                breakable.inserts.begin(HttpFault::DelayAnswers(INSERT_TIMEOUT * 2));
            }
            Self::CutInserts => breakable.inserts.begin(HttpFault::CutRequests { after: 2_000 }),
            Self::LoseAnswersOfRecounts => breakable.recounts.begin(HttpFault::SwallowAnswers),
            Self::LoseCommitsOfLoader => {
                breakable.loader_kafka.begin(OFFSET_COMMIT, KafkaFault::SwallowRequests);
            }
            Self::LoseAnswersOfTouches => {
                breakable.loader_kafka.begin(PRODUCE, KafkaFault::CutAtAnswers);
            }
            Self::LoseCommitsOfCounter => {
                breakable.counter_kafka.begin(OFFSET_COMMIT, KafkaFault::SwallowRequests);
            }
            Self::LoseAnswersOfEvents => {
                breakable.ingest_kafka.begin(PRODUCE, KafkaFault::CutAtAnswers);
            }
        }
    }

    async fn heal(self, stage: &mut Stage) {
        let Stage { engines, breakable, other_loader, other_counter, .. } = stage;
        match self {
            Self::KillKafka => engines.start_kafka().await,
            Self::KillClickhouse | Self::KillClickhouseWhileItMerges => {
                engines.start_clickhouse().await;
            }
            Self::StopKafka => engines.resume_kafka(),
            Self::StopClickhouse => engines.resume_clickhouse(),
            // It may take as long as the loader needs to drain its records.
            Self::AnotherLoader => drop(other_loader.terminate()),
            Self::AnotherCounter => other_counter.kill(),
            Self::LoseAnswersOfInserts | Self::DelayAnswersOfInserts | Self::CutInserts => {
                breakable.inserts.heal();
            }
            Self::LoseAnswersOfRecounts => breakable.recounts.heal(),
            Self::LoseCommitsOfLoader | Self::LoseAnswersOfTouches => {
                breakable.loader_kafka.heal();
            }
            Self::LoseCommitsOfCounter => breakable.counter_kafka.heal(),
            Self::LoseAnswersOfEvents => breakable.ingest_kafka.heal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Fault::all().iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), Fault::all().len());
    }
}
