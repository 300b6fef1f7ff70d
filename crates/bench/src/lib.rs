//! Measures speed and cost against a reference.
//!
//! A row ([`rows`]) measures the real binary on the real engines and, alternating in the same run,
//! a reference that does the same work with the same bytes. Judging the measurements ([`report`])
//! is separate from measuring, and showing them ([`table`], [`document`]) is separate from both.
//!
//! Nothing here may make a side look better than it is. Events are the simulator's, latencies count
//! from the moment at which a request was due ([`open_model`]), and a row whose two sides end with
//! different results is an error and not a figure.
//!
//! Like the testbed that it uses, it panics if a wait exceeds its deadline; such a row is reported
//! as not run.
#![allow(clippy::print_stdout, reason = "it speaks to a person")]

pub mod bench;
pub mod command;
pub mod document;
pub mod events;
pub mod figure;
pub mod fill;
pub mod http;
pub mod machine;
pub mod open_model;
pub mod plain_handler;
pub mod plain_publisher;
pub mod progress;
pub mod report;
pub mod rows;
pub mod stage;
pub mod table;
pub mod usage;
