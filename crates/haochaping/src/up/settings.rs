//! Settings of the services, as their own command lines would give them: what is not said here has
//! the default, or the value of its variable.

use std::net::SocketAddr;
use std::path::Path;

use super::arguments::parse;
use super::engines::Engines;
use super::ports::Ports;

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

    pub(super) fn auditor(self, engines: &Engines) -> auditor::Config {
        let admin = self.admin_of("auditor");
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
}
