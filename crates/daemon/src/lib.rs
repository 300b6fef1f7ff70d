//! What every service shares: telemetry, lifecycle, the admin port, HTTP with its bounds, and problem
//! details. It knows no review, no topic and no table.

pub mod admin;
pub mod http;
pub mod lifecycle;
pub mod problem;
pub mod telemetry;

/// Something about the machine or the settings that the caller can change. A program that ends for
/// it has the exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadEnvironment(pub String);
