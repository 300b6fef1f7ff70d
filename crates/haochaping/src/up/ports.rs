//! Which part listens where, counted from one base.

use std::net::{Ipv4Addr, SocketAddr};

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

    pub(super) fn admin_of(self, service: &str) -> SocketAddr {
        let (_, address) =
            self.admin().into_iter().find(|(name, _)| *name == service).expect("a service");
        address
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
    pub(super) fn admin(self) -> [(&'static str, SocketAddr); 5] {
        [
            ("ingest", self.at(2)),
            ("loader", self.at(3)),
            ("counter", self.at(4)),
            ("disclosure", self.at(5)),
            ("auditor", self.at(6)),
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
        self.base..self.base + 7
    }
}
