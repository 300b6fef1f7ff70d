//! Measures how long requests take.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use metrics::Histogram;

/// The pattern of a request's address, beside the response.
#[derive(Clone, Debug)]
pub(crate) struct Route(pub(crate) Arc<str>);

/// Measures a request under the pattern of its address, so that strangers cannot invent labels.
pub(crate) async fn measure(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let route = Route(route.into());
    let mut response = next.run(request).await;
    seconds(&route.0, response.status()).record(started.elapsed());
    response.extensions_mut().insert(route);
    response
}

/// Where the seconds of a route's requests with such an end are noted.
pub(crate) fn seconds(route: &str, status: StatusCode) -> Histogram {
    let status = match status.as_u16() {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    let labels = [("route", route.to_owned()), ("status", status.to_owned())];
    metrics::histogram!("haochaping_disclosure_request_seconds", &labels)
}
