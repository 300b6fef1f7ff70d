pub mod browser;
pub mod commands;
pub mod engines;
pub mod events;
pub mod records;
pub mod world;

use std::path::{Path, PathBuf};

use testbed::program::Said;

/// The program under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_haochaping"))
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Said {
    testbed::program::run(program(), arguments)
}

/// Runs a command to its end with these additional environment variables.
pub fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    testbed::program::run_with(program(), arguments, variables)
}

/// Runs a command that must succeed.
pub fn run_well(arguments: &[&str]) -> String {
    testbed::program::run_well(program(), arguments)
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
