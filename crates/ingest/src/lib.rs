//! The intake: HTTP to Kafka.
//!
//! It decides which events are accepted ([`router`]), and answers success only for those that rest
//! on every in-sync replica (D1). It must never store a field that is about a person (D6), store a part
//! of a bad event (D8), or write a body, a key or a comment into a log. What a source puts into the
//! numbers that it assigns itself (of cases, places, reviews) it answers for.

mod config;
mod http;
mod intake;
mod members;
mod publisher;
mod rate;
mod readiness;
mod service;
mod submit;
mod telemetry;

use daemon::problem::{Facts, ProblemKind};
use strum::VariantArray;

pub use config::Config;
pub use http::{IngestState, router};
pub use members::Members;
pub use service::run;

/// What problems of the intake say, one for each kind.
pub fn problem_facts() -> Vec<Facts> {
    http::problem::Kind::VARIANTS.iter().map(|kind| kind.facts()).collect()
}
