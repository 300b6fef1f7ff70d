//! Turns a request into an answer: reads the data, then renders it in the requested format.

use std::sync::Arc;

use axum::response::Response;
use daemon::Clock;

use crate::cache::{Answer, Cache, Entry, Made, Snapshot, Watch};
use crate::config::Config;
use crate::download::{Asked, Downloads};
use crate::model::Model;
use crate::problem::Problem;
use crate::read::read;
use crate::resource::{LongTable, Representation, Resource};
use crate::store::{Reader, Store};
use crate::{format, pages};

/// What handlers share; a copy is one pointer, since every request gets some.
#[derive(Clone, Debug)]
pub(crate) struct App(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    clock: Clock,
    store: Store,
    watch: Watch,
    cache: Cache,
    downloads: Downloads,
}

/// How many times, at most, the service looks at what is stored while an answer is fresh, for all answers
/// together. An answer that rests on an older look is fresh for a shorter time.
const LOOKS: u32 = 5;

impl App {
    pub(crate) fn new(config: &Config, clock: Clock) -> Self {
        let cache = Cache::new(config.cache_ttl(), config.cache_bytes_max / 2);
        let watch = Watch::new(config.cache_ttl() / LOOKS);
        let downloads = Downloads::new(config.downloads_max);
        Self(Arc::new(Parts { clock, store: Store::new(config), watch, cache, downloads }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The answer to what is asked, from the cache or made for it.
    pub(crate) async fn answer(
        &self,
        resource: Resource,
        representation: Representation,
    ) -> Result<Arc<Entry>, Problem> {
        let key = (resource.clone(), representation);
        // Most answers are cached: the large futures are made where they are needed only.
        let app = self.clone();
        let look = async move { Box::pin(app.look()).await };
        let app = self.clone();
        let make = async move { Box::pin(app.make(resource, representation)).await };
        self.0.cache.get(key, look, make).await
    }

    /// A table that is sent while it is read. It is not cached.
    pub(crate) async fn download(
        &self,
        table: LongTable,
        asked: Asked,
    ) -> Result<Response, Problem> {
        let reader = Reader::new(self.store().clone(), self.0.clock.now());
        Box::pin(self.0.downloads.begin(&reader, table, asked)).await
    }

    async fn look(&self) -> Option<Arc<Snapshot>> {
        self.0.watch.look(self.store()).await
    }

    async fn make(
        &self,
        resource: Resource,
        representation: Representation,
    ) -> Result<Made, Problem> {
        let reader = Reader::new(self.store().clone(), self.0.clock.now());
        let model = Box::pin(read(&reader, resource, representation)).await?;
        let answer = show(&model, representation).fresh(model.freshness());
        Ok(Made { answer, reads: reader.into_reads() })
    }
}

/// A model in the form that was asked for.
fn show(model: &Model, representation: Representation) -> Answer {
    match representation {
        Representation::Json => format::json(model),
        Representation::Csv { bom } => format::csv(model, bom),
        Representation::Page(language) => pages::page(model, language),
    }
}
