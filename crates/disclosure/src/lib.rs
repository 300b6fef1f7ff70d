//! disclosure.
