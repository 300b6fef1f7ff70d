//! The intake as its clients see it.

mod examples;
mod intake;
mod problems;
