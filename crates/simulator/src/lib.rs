//! Simulates months that reproduce published tables, and posts them as any client does.
//!
//! A published month is planned ([`plan`]). Its events are generated one after the other
//! ([`generate`]) and posted to the intake ([`simulate`]). Once they are counted, the disclosed
//! figures are compared with the published ones ([`reconcile`]). The generator decides and does no
//! IO. Nothing here knows what the intake or the counter does with an event.

mod address;
mod case;
mod chance;
mod disclosed;
mod event;
mod facet;
pub mod generate;
mod http;
mod items;
mod key;
pub mod margins;
mod month_file;
mod pace;
mod places;
pub mod plan;
mod progress;
pub mod published;
pub mod reconcile;
mod rounds;
pub mod simulate;
mod table;
pub mod targets;
mod times;
mod words;

pub use address::{default_data_dir, key_file};
pub use client::Compression;
pub use month_file::MonthFile;
pub use plan::{Plan, SOURCE};
pub use published::Published;
