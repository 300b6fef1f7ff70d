//! Runs maintenance commands of the program under test.

use testbed::commands;
use testbed::engines::Installation;
use testbed::program::Said;

/// Runs a command on the engines of an installation.
pub fn command(installation: &Installation, name: &str, arguments: &[&str]) -> Said {
    commands::command(super::program(), installation, name, arguments)
}
