//! Shows figures to the public: the API and the pages, computed from the tables of counts.
//!
//! It reads and never writes. Until a month is published as a numbered vintage, everything that it
//! shows of the month says that it is provisional (D7). Rates come with their numerators and
//! denominators. What is not known is absent: never zero, and no rate of nothing.
//!
//! A request goes down through these modules, and none of them knows one above it: `api` and `site`
//! (routes), `app` (cache, read, show), `format` and `pages` (writers), `dataset` (columns), `read` (from
//! statements to a model) and `store`.

mod address;
mod api;
mod app;
mod cache;
mod config;
mod dataset;
mod download;
mod extension;
mod format;
mod ledger;
mod measure;
mod model;
mod moment;
mod name;
mod pages;
mod params;
mod problem;
mod read;
mod resource;
mod site;
mod store;

use std::any::Any;
use std::time::Duration;

use ::tables::migrations;
use anyhow::anyhow;
use axum::Router;
use axum::response::{IntoResponse, Response};
use clickhouse::Client;
use daemon::admin::{self, Readiness};
use daemon::http::{Limits, bind, serve};
use daemon::lifecycle::Parts;
use daemon::problem::{Facts, ProblemKind};
use daemon::{BadEnvironment, Clock};
use http::HeaderValue;
use http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use strum::VariantArray;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

pub use crate::config::Config;

use crate::app::App;
use crate::cache::Front;
use crate::problem::{Kind, Problem};
use crate::store::Store;

/// Serves the public API and pages until `stop`.
///
/// # Errors
///
/// If an address cannot be bound, or a part has panicked.
pub async fn run(config: Config, stop: CancellationToken) -> anyhow::Result<()> {
    let app = App::new(&config, Clock::System);
    let readiness = Readiness::default();
    let listener = bind(config.listen).await?;
    tracing::info!(address = %config.listen, "serving the public API and pages");

    // In this order: readiness goes first, so that no more requests are sent here. Then the public port
    // stops accepting and finishes its requests. The admin port, which reports all of it, stops last.
    let (stop_public, stop_admin) = (CancellationToken::new(), CancellationToken::new());
    let mut parts = Parts::default();
    parts.spawn("the admin port", {
        admin::run(config.admin_listen, readiness.clone(), stop_admin.clone())
    });
    // Guards, so that what depends on a part stops even if that part panics.
    parts.spawn("readiness", {
        let (store, stop, guard) = (app.store().clone(), stop.clone(), stop_public.clone());
        let client = config.clickhouse.client();
        async move {
            let _guard = guard.drop_guard();
            let kept = keep_current(&store, &client, &readiness, &stop).await;
            readiness.set(false);
            kept
        }
    });
    let front = front(app, &config);
    parts.spawn("the public port", async move {
        let _guard = stop_admin.drop_guard();
        serve(listener, front, Limits::default(), stop_public).await
    });
    parts.run(stop).await
}

/// The interval between checks whether ClickHouse answers.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// The time limit for ClickHouse to return its migrations.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// Keeps readiness current: the service is ready while it can read the tables, once their schema was
/// found to fit this version.
///
/// # Errors
///
/// If a version that this one does not fit migrated them.
async fn keep_current(
    store: &Store,
    client: &Client,
    readiness: &Readiness,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let watch = async {
        let (mut was_ready, mut is_checked) = (None, false);
        loop {
            let answered = if is_checked {
                store.ping().await.map_err(anyhow::Error::from)
            } else {
                // Repeated while ClickHouse does not answer or was not migrated yet.
                match timeout(CHECK_TIMEOUT, migrations::check(client)).await {
                    Ok(Err(error)) if error.is::<BadEnvironment>() => return Err(error),
                    Ok(checked) => checked.map(drop),
                    Err(_) => Err(anyhow!("ClickHouse did not say in time how it was migrated")),
                }
            };
            let is_ready = answered.is_ok();
            is_checked |= is_ready;
            readiness.set(is_ready);
            if was_ready.replace(is_ready) != Some(is_ready) {
                match answered {
                    Ok(()) => tracing::info!("ready"),
                    Err(error) => tracing::warn!(error = format!("{error:#}"), "not ready"),
                }
            }
            sleep(PING_INTERVAL).await;
        }
    };
    stop.run_until_cancelled(watch).await.unwrap_or(Ok(()))
}

/// The front gets half of the memory for answers. It shares their bytes with the cache, so the two
/// usually take less than that.
fn front(app: App, config: &Config) -> Front {
    Front::new(router(app), 2 * config.cache_ttl(), config.cache_bytes_max / 2)
}

/// What problems of the public API say, one for each kind.
pub fn problem_facts() -> Vec<Facts> {
    Kind::VARIANTS.iter().map(|kind| kind.facts()).collect()
}

/// The pages, and the API below `/v1`, with these settings.
pub fn public_router(config: &Config) -> Router {
    router(App::new(config, Clock::System))
}

fn router(app: App) -> Router {
    site::router()
        .merge(api::router())
        .layer(SetResponseHeaderLayer::if_not_present(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(
            REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn(measure::measure))
        .with_state(app)
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // The panic hook of daemon::telemetry has already logged where it happened.
    Problem::internal(&anyhow!("a handler panicked")).into_response()
}

#[cfg(test)]
mod tests;
