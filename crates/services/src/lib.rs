//! The list of services: what an installation consists of, in one table.
//!
//! Everything that goes over all services reads this table: the subcommands of the binary, `up`, the
//! simulator, the testbed and the torture. A new service is one line here and a crate that has a
//! `Config` for its command line and a function `run(Config, CancellationToken)`.
//!
//! The table must be readable by tools that start the binary as a process, and so link no service.
//! That is why it is a macro: [`for_each_service`] hands the table to a macro of the caller's. The
//! binary makes subcommands that run the crates of it; this crate makes [`Service`] of it. Nothing
//! here knows what a service does.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use strum::VariantArray;

/// Hands the list of services to a macro.
///
/// Each line is the sentence that `--help` shows, the name, the crate, and:
///
/// - `admin`: the port of health and metrics, counted from the first port of an installation on one
///   machine;
/// - `public`: the port at which others use the service, counted in the same way;
/// - `engines`: the engines whose addresses it is told.
#[macro_export]
macro_rules! for_each_service {
    ($apply:ident) => {
        $apply! {
            /// Accept services, reviews and dispositions over HTTP and publish them to Kafka.
            Ingest { krate: ingest, admin: 2, public: Some(1), engines: [Kafka] }
            /// Load events from Kafka into ClickHouse.
            Loader { krate: loader, admin: 3, public: None, engines: [Kafka, ClickHouse] }
            /// Keep the counts up to date.
            Counter { krate: counter, admin: 4, public: None, engines: [Kafka, ClickHouse] }
            /// Audit continuously: compare Kafka's offsets with the stored ones, and the ledger with
            /// the disclosed figures.
            Auditor { krate: auditor, admin: 6, public: None, engines: [Kafka, ClickHouse] }
            /// Disclose figures: API, pages and files.
            Disclosure { krate: disclosure, admin: 5, public: Some(0), engines: [ClickHouse] }
        }
    };
}

/// The first port of an installation on one machine, unless another is given.
pub const PORT_BASE: u16 = 8700;

/// How many ports the services of an installation on one machine may take, from its first port on.
pub const PORTS: u16 = 10;

/// How many more ports its engines take, after those of the services.
pub const ENGINE_PORTS: u16 = 4;

/// The first ports that an installation may have, in the form in which clap takes a range: none is
/// privileged, and all ports that follow exist.
pub const PORT_BASES: RangeInclusive<i64> = 1024..=(u16::MAX - (PORTS + ENGINE_PORTS - 1)) as i64;

/// An engine that services use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Apache Kafka.
    Kafka,
    /// ClickHouse.
    ClickHouse,
}

/// What the table says of a service.
struct Line {
    name: &'static str,
    admin: u16,
    public: Option<u16>,
    engines: &'static [Engine],
}

macro_rules! services {
    ($(
        $(#[doc = $does:literal])+
        $Service:ident {
            krate: $krate:ident, admin: $admin:literal, public: $public:expr,
            engines: [$($engine:ident),*]
        }
    )+) => {
        /// A service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
        pub enum Service {
            $(
                $(#[doc = $does])+
                $Service,
            )+
        }

        impl Service {
            const fn line(self) -> Line {
                match self {
                    $(Self::$Service => Line {
                        name: stringify!($krate),
                        admin: $admin,
                        public: $public,
                        engines: &[$(Engine::$engine),*],
                    },)+
                }
            }
        }
    };
}

for_each_service!(services);

impl Service {
    /// Its name: that of its subcommand, its crate and its logs.
    pub const fn name(self) -> &'static str {
        self.line().name
    }

    /// Where its admin port is on a machine whose first port is `base`.
    pub const fn admin_port(self, base: u16) -> u16 {
        base + self.line().admin
    }

    /// Where others use it on a machine whose first port is `base`; nothing if nobody does.
    pub const fn public_port(self, base: u16) -> Option<u16> {
        match self.line().public {
            Some(public) => Some(base + public),
            None => None,
        }
    }

    /// Whether others use it, over a port of its own.
    pub const fn is_public(self) -> bool {
        self.line().public.is_some()
    }

    /// The engines that it uses.
    pub const fn engines(self) -> &'static [Engine] {
        self.line().engines
    }

    /// Whether it uses an engine.
    pub fn uses(self, engine: Engine) -> bool {
        self.engines().contains(&engine)
    }
}

impl std::fmt::Display for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// An address on this machine.
pub fn on_this_machine(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_services_have_a_port_in_common_and_all_are_within_their_range() {
        let ports: Vec<_> = Service::VARIANTS
            .iter()
            .flat_map(|service| [Some(service.admin_port(0)), service.public_port(0)])
            .flatten()
            .collect();
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), ports.len(), "{ports:?}");
        assert!(ports.iter().all(|port| *port < PORTS), "{ports:?}");
    }

    #[test]
    fn the_page_is_on_the_first_port_and_the_intake_on_the_next() {
        assert_eq!(Service::Disclosure.public_port(PORT_BASE), Some(PORT_BASE));
        assert_eq!(Service::Ingest.public_port(PORT_BASE), Some(PORT_BASE + 1));
        assert_eq!(Service::Loader.public_port(PORT_BASE), None);
        assert!(Service::Loader.uses(Engine::Kafka) && !Service::Disclosure.uses(Engine::Kafka));
    }
}
