//! HTTP, as it is spoken by the intake.

pub(crate) mod problem;
