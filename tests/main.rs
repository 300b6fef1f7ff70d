//! End-to-end tests: the real engines and the real binary.
//!
//! The engines start once for all tests, as child processes that die with this one. Each test has
//! its own database and topics.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout)]

mod accounts;
mod audit;
mod bench;
mod counting;
mod data;
mod deaths;
mod description;
mod faults;
mod intake;
mod ledger;
mod one_machine;
mod pages;
mod prose;
mod quarantine;
mod rebuild;
mod rules;
mod simulated;
mod support;
mod versions;
mod whole_way;
