//! `haochaping bench-publisher`: an intake that decides nothing, as a process of its own. It hands the
//! body of a request to librdkafka, with the settings of the intake, and answers 202 when every
//! in-sync replica has it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use daemon::http::bind;
use domain::Kind;
use http::StatusCode;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio_util::sync::CancellationToken;
use topics::{KafkaConfig, Topic};

/// Longer than any acknowledgement takes here.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);

/// Where it listens, and where it publishes.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Address.
    #[arg(long)]
    pub listen: SocketAddr,
    /// Kafka.
    #[command(flatten)]
    pub kafka: KafkaConfig,
}

#[derive(Clone)]
struct Publisher {
    producer: FutureProducer,
    /// Keys spread the records over the partitions, as cases do.
    next_key: Arc<AtomicU64>,
}

/// Publishes until `stop`.
///
/// # Errors
///
/// If the address cannot be had, or librdkafka does not take the settings.
pub async fn run(args: Args, stop: CancellationToken) -> anyhow::Result<()> {
    let producer = args.kafka.producer(DELIVERY_TIMEOUT).create();
    let producer: FutureProducer = producer.context("failed to make a Kafka producer")?;
    let publisher = Publisher { producer, next_key: Arc::default() };
    let to = |kind| {
        let topic: Arc<str> = args.kafka.topic(Topic::of(kind)).into();
        post(move |publisher: State<Publisher>, body: Bytes| publish(publisher.0, topic, body))
    };
    let app = Router::new()
        .route("/v1/services", to(Kind::Service))
        .route("/v1/reviews", to(Kind::Review))
        .with_state(publisher);
    let listener = bind(args.listen).await?;
    let serving = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
    serving.await.context("failed to serve")
}

async fn publish(publisher: Publisher, topic: Arc<str>, body: Bytes) -> StatusCode {
    let key = publisher.next_key.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let record = FutureRecord::to(&topic).key(&key).payload(body.as_ref());
    match publisher.producer.send(record, Duration::ZERO).await {
        Ok(_) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
