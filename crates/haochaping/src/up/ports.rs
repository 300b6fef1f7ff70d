//! Which part listens where, counted from one base.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use clap::{Args, FromArgMatches};

use super::engines::Engines;

/// The ports of one installation. All are on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    base: u16,
}

/// The greatest base: thirteen more ports follow it.
pub(super) const BASE_MAX: u16 = u16::MAX - 13;

impl Ports {
    pub(super) fn new(base: u16) -> Self {
        Self { base }
    }

    fn at(self, number: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.base + number).into()
    }

    /// The public pages and API.
    pub(super) fn public(self) -> SocketAddr {
        self.at(0)
    }

    /// Where events are taken in.
    pub(super) fn intake(self) -> SocketAddr {
        self.at(1)
    }

    /// Where each service tells how it is: name and address.
    pub(super) fn admin(self) -> [(&'static str, SocketAddr); 4] {
        [
            ("ingest", self.at(2)),
            ("loader", self.at(3)),
            ("counter", self.at(4)),
            ("disclosure", self.at(5)),
        ]
    }

    /// ClickHouse's HTTP and native interfaces.
    pub(super) fn clickhouse(self) -> [u16; 2] {
        [self.base + 10, self.base + 11]
    }

    /// Kafka and its controller.
    pub(super) fn kafka(self) -> [u16; 2] {
        [self.base + 12, self.base + 13]
    }

    /// All ports of the services.
    pub(super) fn of_services(self) -> impl Iterator<Item = u16> {
        self.base..self.base + 6
    }
}

/// Settings of the services, as their own command lines would give them: what is not said here has
/// the default, or the value of its variable.
impl Ports {
    pub(super) fn ingest(self, accounts: &Path, engines: &Engines) -> ingest::Config {
        let accounts = accounts.to_string_lossy().into_owned();
        let mut arguments = self.listen("--listen", self.intake(), "ingest");
        arguments.extend(["--accounts".to_owned(), accounts]);
        arguments.extend(engines.kafka_arguments());
        parse(arguments)
    }

    pub(super) fn loader(self, engines: &Engines) -> loader::Config {
        let admin = self.admin_of("loader");
        let mut arguments = vec!["--admin-listen".to_owned(), admin.to_string()];
        arguments.extend(engines.kafka_arguments());
        arguments.extend(engines.clickhouse_arguments());
        parse(arguments)
    }

    pub(super) fn counter(self, engines: &Engines) -> counter::Config {
        let admin = self.admin_of("counter");
        let mut arguments = vec!["--admin-listen".to_owned(), admin.to_string()];
        arguments.extend(engines.kafka_arguments());
        arguments.extend(engines.clickhouse_arguments());
        parse(arguments)
    }

    pub(super) fn disclosure(self, engines: &Engines) -> disclosure::Config {
        let mut arguments = self.listen("--listen", self.public(), "disclosure");
        arguments.extend(engines.clickhouse_arguments());
        parse(arguments)
    }

    fn listen(self, flag: &str, address: SocketAddr, service: &str) -> Vec<String> {
        let admin = self.admin_of(service).to_string();
        vec![flag.to_owned(), address.to_string(), "--admin-listen".to_owned(), admin]
    }

    fn admin_of(self, service: &str) -> SocketAddr {
        let (_, address) =
            self.admin().into_iter().find(|(name, _)| *name == service).expect("a service");
        address
    }
}

pub(super) fn parse<C: Args + FromArgMatches>(arguments: Vec<String>) -> C {
    let command = C::augment_args(clap::Command::new("up").no_binary_name(true));
    let matches = command.get_matches_from(arguments);
    C::from_arg_matches(&matches).expect("clap has checked the arguments")
}
