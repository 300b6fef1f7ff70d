//! `haochaping bench-handler`: the smallest possible intake, as a process of its own. It reads the
//! body of a request and answers 202.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use daemon::http::bind;
use http::StatusCode;
use tokio_util::sync::CancellationToken;

/// Where it listens.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Args {
    /// Address.
    #[arg(long)]
    pub listen: SocketAddr,
}

/// Answers until `stop`.
///
/// # Errors
///
/// If the address cannot be had.
pub async fn run(args: Args, stop: CancellationToken) -> anyhow::Result<()> {
    let app = Router::new().route("/v1/services", post(answer)).route("/v1/reviews", post(answer));
    let listener = bind(args.listen).await?;
    let serving = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
    serving.await.context("failed to serve")
}

async fn answer(body: Bytes) -> StatusCode {
    // To have read it is all that is wanted.
    drop(body);
    StatusCode::ACCEPTED
}
