//! Parses settings from arguments that no command line contained.

use clap::{Args, FromArgMatches};

pub(super) fn parse<C: Args + FromArgMatches>(arguments: Vec<String>) -> C {
    let command = C::augment_args(clap::Command::new("up").no_binary_name(true));
    let matches = command.get_matches_from(arguments);
    C::from_arg_matches(&matches).expect("clap has checked the arguments")
}
