//! Fetches, verifies and keeps Apache Kafka's jars.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache::Cache;
use crate::error::{self, Error};
use crate::pins::Pins;
use crate::programs;
use crate::progress::Progress;

pub(crate) const NAME: &str = "Apache Kafka";

/// A part of the cache folder's name. The two files below name the jars themselves.
const VERSION: &str = "4.3.1";
const POM: &str = include_str!("../engines/pom.xml");
const JARS: &str = include_str!("../engines/kafka.sha512");

/// Apache Kafka, fetched and verified.
#[derive(Debug, Clone)]
pub struct KafkaEngine {
    jars: PathBuf,
}

impl KafkaEngine {
    /// Takes Kafka from the cache, or lets Maven fetch it (about 45 MB).
    ///
    /// # Errors
    ///
    /// Says what is missing, was refused or is not what it should be.
    pub async fn fetch(cache: &Cache) -> Result<Self, Error> {
        let cache = cache.clone();
        tokio::task::spawn_blocking(move || {
            let pins = Pins::parse(JARS);
            let jars = cache
                .get_or_fetch(&format!("kafka-{VERSION}"), &pins, |work| fetch(work, &pins))?;
            Ok(Self { jars })
        })
        .await
        .expect("fetching does not panic and is not aborted")
    }

    /// The class path, which contains all jars.
    pub(crate) fn class_path(&self) -> PathBuf {
        self.jars.join("*")
    }
}

fn fetch(work: &Path, pins: &Pins) -> Result<PathBuf, Error> {
    let maven = programs::on_path("mvn").ok_or(Error::ProgramMissing {
        engine: NAME,
        program: "mvn",
        package: "maven",
    })?;
    let pom = work.join("pom.xml");
    fs::write(&pom, POM).map_err(error::io("write", &pom))?;
    let jars = work.join("jars");
    let mut command = Command::new(maven);
    command
        .current_dir(work)
        .args(["--batch-mode", "--quiet", "dependency:copy-dependencies"])
        .arg(format!("-DoutputDirectory={}", jars.display()));
    let progress = Progress::start(format!("fetching {NAME} {VERSION} (about 45 MB)"));
    programs::fetch_with(NAME, command)?;
    pins.verify(NAME, &jars)?;
    progress.done();
    Ok(jars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_jars_are_those_that_the_pom_asks_for() {
        let jars: Vec<_> = Pins::parse(JARS).names().collect();
        assert!(POM.contains(&format!(
            "<artifactId>kafka_2.13</artifactId>\n      <version>{VERSION}</version>"
        )));
        assert!(jars.contains(&format!("kafka_2.13-{VERSION}.jar").as_str()));
        assert!(jars.iter().any(|jar| jar.starts_with("log4j-slf4j-impl-")));
    }
}
