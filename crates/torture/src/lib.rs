//! A `testbed` under faults, and the oracle that says whether every set is equal.
//!
//! Used by the tests and by `haochaping torture`. Nothing here stands in for an engine or for a
//! service: what is between them are [`proxy`]s that lose what a network can lose, and signals that
//! any process can get. What must hold in the end is said once, in [`oracle`].
//!
//! This crate is a test that is shipped. Where the environment refuses, or something is waited for in
//! vain, it panics as a test does; `haochaping torture` says with which seed.

pub mod breakable;
pub mod fault;
pub mod history;
pub mod oracle;
pub mod proxy;
pub mod run;
pub mod sender;
pub mod tamper;
