//! The intake as its clients see it.

mod acknowledgement;
mod examples;
mod intake;
mod problems;
mod refused_bodies;
mod rights;
mod strangers;
