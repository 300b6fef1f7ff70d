//! End to end: the real engines, the real binary.
//!
//! The engines are started once for all tests, as child processes that die with this one; tests keep
//! their data apart by databases and topics of their own.
#![allow(missing_docs, unreachable_pub, clippy::print_stdout)]

mod audit;
mod bench;
mod counting;
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
mod support;
mod whole_way;
