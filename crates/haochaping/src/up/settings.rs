//! Settings of the services, as their own command lines would give them. A setting that is not
//! given here has its default or the value of its environment variable.

use clap::{Command, FromArgMatches, Subcommand};
use services::{Engine, Service};

use super::engines::Engines;
use super::ports::Ports;
use crate::service::ServiceCommand;

/// A service of this machine.
pub(super) fn service(service: Service, ports: Ports, engines: &Engines) -> ServiceCommand {
    let mut arguments = vec!["--admin-listen".to_owned(), ports.admin(service).to_string()];
    if let Some(address) = ports.public(service) {
        arguments.extend(["--listen".to_owned(), address.to_string()]);
    }
    for engine in service.engines() {
        match engine {
            Engine::Kafka => arguments.extend(engines.kafka_arguments()),
            Engine::ClickHouse => arguments.extend(engines.clickhouse_arguments()),
        }
    }
    let command = ServiceCommand::augment_subcommands(Command::new("up").no_binary_name(true));
    let line = std::iter::once(service.name().to_owned()).chain(arguments);
    let matches = command.get_matches_from(line);
    ServiceCommand::from_arg_matches(&matches).expect("clap has checked the arguments")
}
