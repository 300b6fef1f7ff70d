//! Starts all services as processes of the program under test.

use testbed::engines::Place;
use testbed::world::World;

use super::engines::Engines;
use super::program;

/// Starts everything on the shared engines.
pub async fn start() -> World {
    let world = at(Engines::shared().new_place()).await;
    world.until_ready().await;
    world
}

/// Starts everything at a place.
pub async fn at(place: Place) -> World {
    World::start_at(program(), place).await
}
