//! The services as subcommands, made from their list.

use clap::Subcommand;
use services::for_each_service;
use tokio_util::sync::CancellationToken;

macro_rules! commands {
    ($(
        $(#[doc = $does:literal])+
        $Service:ident { krate: $krate:ident, $($rest:tt)* }
    )+) => {
        /// A service with its configuration.
        #[derive(Debug, Subcommand)]
        pub(crate) enum ServiceCommand {
            $(
                $(#[doc = $does])+
                $Service($krate::Config),
            )+
        }

        impl ServiceCommand {
            /// Runs the service until `stop`.
            ///
            /// # Errors
            ///
            /// What a person should read.
            pub(crate) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
                match self {
                    $(Self::$Service(config) => $krate::run(config, stop).await,)+
                }
            }
        }
    };
}

for_each_service!(commands);

#[cfg(test)]
mod tests {
    use services::Service;
    use strum::VariantArray;

    use super::*;

    #[test]
    fn every_service_is_a_subcommand_of_its_name() {
        let command = ServiceCommand::augment_subcommands(clap::Command::new("haochaping"));
        let names: Vec<_> = command.get_subcommands().map(clap::Command::get_name).collect();
        let services: Vec<_> = Service::VARIANTS.iter().map(|service| service.name()).collect();
        assert_eq!(names, services);
    }

    /// A service that is started without a port listens where `up` would have it listen.
    #[test]
    fn the_default_ports_are_those_of_the_list() {
        let command = ServiceCommand::augment_subcommands(clap::Command::new("haochaping"));
        for service in Service::VARIANTS {
            let of_service = command.find_subcommand(service.name()).expect("a subcommand");
            let default = |flag: &str| {
                let flag = of_service.get_arguments().find(|it| it.get_long() == Some(flag))?;
                Some(flag.get_default_values().first()?.to_str()?.to_owned())
            };
            let listens = |port| Some(services::on_this_machine(port).to_string());
            let base = services::PORT_BASE;
            assert_eq!(default("admin-listen"), listens(service.admin_port(base)), "{service}");
            assert_eq!(default("listen"), service.public_port(base).and_then(listens), "{service}");
        }
    }
}
