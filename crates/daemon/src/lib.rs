//! What every service shares: telemetry, lifecycle, the admin port, an HTTP server with limits,
//! problem details, and the time as an argument. This crate knows no review, no topic and no table.

pub mod admin;
mod clock;
pub mod http;
pub mod lifecycle;
pub mod problem;
pub mod telemetry;

pub use clock::Clock;

/// An error in the machine or the settings, which the caller can correct. A program that ends
/// because of it has the exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadEnvironment(pub String);
