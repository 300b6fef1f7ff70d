//! Starts all services as processes of the program under test.

use services::Service;
use strum::VariantArray;
use testbed::engines::Installation;
use testbed::world::{Routes, World};

use super::engines::Engines;
use super::program;

/// Starts everything on the shared engines.
pub async fn start() -> World {
    let world = at(Engines::shared().new_installation()).await;
    world.until_ready().await;
    world
}

/// Everything but one service runs, on the shared engines.
pub async fn start_without(service: Service) -> World {
    let installation = Engines::shared().new_installation();
    let routes = Routes::direct(&installation);
    let mut world = World::prepare(program(), installation, &routes).await;
    let started: Vec<_> = Service::VARIANTS.iter().filter(|other| **other != service).collect();
    for service in &started {
        world[**service].start();
    }
    for service in started {
        world.until_service_is_ready(*service).await;
    }
    world
}

/// Starts every service of an installation.
pub async fn at(installation: Installation) -> World {
    World::start_at(program(), installation).await
}
