//! How long requests take, and with which status they are answered.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::telemetry;

/// Measures a request.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let since = Instant::now();
    let response = next.run(request).await;
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        tracing::debug!(status = status.as_u16(), "a request was not answered with success");
    }
    telemetry::answered(status.as_u16(), since.elapsed());
    response
}
