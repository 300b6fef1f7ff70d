//! How fast and how cheap it is, measured beside a reference.
//!
//! A row ([`rows`]) measures the real binary on the real engines and, in the same run and by turns, a
//! reference that does the same work with the same bytes. What was measured is judged apart from
//! measuring ([`report`]), and shown apart from both ([`table`], [`document`]).
//!
//! Nothing here may make a side look better than it is: events are the simulator's, latencies are
//! counted from the moment at which a request was to be sent ([`open_model`]), and a row whose two
//! sides did not end with the same is an error and no figure.
//!
//! Like the testbed on which it stands, it panics where something is waited for in vain; a row that
//! does so is told as not run.
#![allow(clippy::print_stdout, reason = "it speaks to a person")]

pub mod command;
pub mod document;
pub mod events;
pub mod fill;
pub mod http;
pub mod machine;
pub mod open_model;
pub mod plain_handler;
pub mod report;
pub mod rows;
pub mod stage;
pub mod table;
pub mod usage;
