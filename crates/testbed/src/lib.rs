//! The real binary and the real engines as processes on one machine, for tests, the torture and the
//! bench.
//!
//! Nothing here is a substitute for an engine or a service. If the environment fails, or a wait
//! exceeds its deadline, it panics as a test does.

pub mod commands;
pub mod engines;
pub mod program;
mod routes;
pub mod wait;
pub mod world;
