//! Runs maintenance commands of the program under test.

use testbed::commands;
use testbed::engines::Place;
use testbed::program::Said;

/// Runs a command on the engines of a place.
pub fn command(place: &Place, name: &str, arguments: &[&str]) -> Said {
    commands::command(super::program(), place, name, arguments)
}
