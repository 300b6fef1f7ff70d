//! A typed client that posts events to the intake, as any well-behaved source does.
//!
//! It decides which events share a request ([`Batcher`]), what an answer means for each event, and
//! whether and when events are sent again ([`Client::post`]). An event that is not acknowledged is
//! sent again to the byte, so that it stays the same event however often it arrives. What the intake
//! rejects is never sent again: no later attempt would fare better.
//!
//! The client must never change an event, never count one as accepted without the intake's word, and
//! never show an event or a key in an error or a log.

mod answer;
mod batch;
mod error;
mod http;
mod post;

pub use answer::Answer;
pub use batch::{BATCH_MAX, Batch, Batcher};
pub use error::Error;
pub use http::{BATCH_TYPE, Client, Compression, EVENT_TYPE, Settings, below, path};
pub use post::{Posted, Progress};
