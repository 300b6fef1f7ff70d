//! A `testbed` under faults, and the oracle that decides whether all sets are equal.
//!
//! The tests and `haochaping torture` use it. Nothing here is a substitute for an engine or a
//! service. The faults are [`proxy`]s that lose what a network can lose, and signals that any
//! process can get. The conditions at the end are stated once, in [`oracle`].
//!
//! This crate is a test that is shipped. If the environment fails, or a wait exceeds its deadline,
//! it panics as a test does; `haochaping torture` prints the seed.

pub mod breakable;
pub mod fault;
pub mod history;
pub mod oracle;
pub mod proxy;
pub mod run;
pub mod sender;
pub mod tamper;
