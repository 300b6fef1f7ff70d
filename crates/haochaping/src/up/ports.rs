//! The ports of all parts, counted from one base.

use std::net::SocketAddr;

use services::{PORTS, Service, on_this_machine};
use strum::VariantArray;

/// The ports of one installation. All are on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    base: u16,
}

impl Ports {
    pub(super) fn new(base: u16) -> Self {
        Self { base }
    }

    /// Where a service says how it is.
    pub(super) fn admin(self, service: Service) -> SocketAddr {
        on_this_machine(service.admin_port(self.base))
    }

    /// Where others use a service; nothing if nobody does.
    pub(super) fn public(self, service: Service) -> Option<SocketAddr> {
        service.public_port(self.base).map(on_this_machine)
    }

    /// The public pages and API.
    pub(super) fn pages(self) -> SocketAddr {
        self.public(Service::Disclosure).expect("people read its pages")
    }

    /// Where events are taken in.
    pub(super) fn intake(self) -> SocketAddr {
        self.public(Service::Ingest).expect("sources post to it")
    }

    /// ClickHouse's HTTP and native interfaces.
    pub(super) fn clickhouse(self) -> [u16; 2] {
        [self.base + PORTS, self.base + PORTS + 1]
    }

    /// Kafka and its controller.
    pub(super) fn kafka(self) -> [u16; 2] {
        [self.base + PORTS + 2, self.base + PORTS + 3]
    }

    /// All ports of the services.
    pub(super) fn of_services(self) -> impl Iterator<Item = u16> {
        let of_service = move |service: &Service| {
            [Some(service.admin_port(self.base)), service.public_port(self.base)]
        };
        Service::VARIANTS.iter().flat_map(of_service).flatten()
    }
}
