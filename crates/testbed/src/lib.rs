//! The real binary and the real engines as processes on one machine: what tests, tortures and
//! measurements work on.
//!
//! Nothing here stands in for an engine or for a service. Where the environment refuses, or something
//! is waited for in vain, it panics as a test does.

pub mod commands;
pub mod engines;
pub mod program;
mod routes;
pub mod wait;
pub mod world;
