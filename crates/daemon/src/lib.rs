//! What every service shares: telemetry, lifecycle, the admin port, HTTP with its bounds, problem
//! details, and the time as an argument. It knows no review, no topic and no table.

pub mod admin;
mod clock;
pub mod http;
pub mod lifecycle;
pub mod problem;
pub mod telemetry;

pub use clock::Clock;

/// Something about the machine or the settings that the caller can change. A program that ends for
/// it has the exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadEnvironment(pub String);
