//! Serves popular answers before routing: the answer of a moment ago, with the same headers.
//!
//! It decides nothing about answers. It repeats a complete answer of the router for the same URL
//! and the same `Accept`, as long as the cache would serve it too. Every other request goes to the
//! router.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use futures_util::future::{Either, Ready, ready};
use http::header::{
    ACCEPT, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, LAST_MODIFIED, LINK,
};
use http::{HeaderMap, Method, Request, StatusCode};
use metrics::{Counter, Histogram};
use tower::{BoxError, Service};

use super::entry::Entry;
use crate::measure::{self, Route};

/// The router, and answers of a moment ago before it.
#[derive(Clone)]
pub(crate) struct Front {
    given: moka::sync::Cache<String, Arc<Given>>,
    hits: Counter,
    router: Router,
}

/// An answer as it went out.
struct Given {
    entry: Arc<Entry>,
    /// With 200, and with 304 to who has it already.
    headers: HeaderMap,
    headers_not_modified: HeaderMap,
    seconds: Histogram,
    seconds_not_modified: Histogram,
}

/// Longer questions are left to the router: nobody asks them often.
const QUESTION_LENGTH_MAX: usize = 1_024;

/// What headers take up, beside the bytes of the answer.
const HEADERS_SIZE: u32 = 2_048;

impl Front {
    pub(crate) fn new(router: Router, time_to_live: Duration, bytes_max: u64) -> Self {
        let given = moka::sync::Cache::builder()
            .time_to_live(time_to_live)
            .max_capacity(bytes_max)
            .weigher(|_, given: &Arc<Given>| given.entry.size().saturating_add(HEADERS_SIZE))
            .build();
        let hits = metrics::counter!("haochaping_disclosure_cache_total", "result" => "front");
        Self { given, hits, router }
    }

    /// The same answer again, if there was one a moment ago.
    fn again<B>(&self, question: &str, request: &Request<B>) -> Option<Response> {
        let now = Instant::now();
        let given = self.given.get(question).filter(|given| given.entry.is_current(now))?;
        let response = given.respond(request.headers());
        let is_whole = response.status() == StatusCode::OK;
        let seconds = if is_whole { &given.seconds } else { &given.seconds_not_modified };
        seconds.record(now.elapsed());
        self.hits.increment(1);
        Some(response)
    }

    /// Keeps what went out, if it is one of the cache's answers and whole.
    fn keep(&self, question: String, response: &Response) {
        let (entry, route) = (response.extensions().get(), response.extensions().get());
        if let (StatusCode::OK, Some(entry), Some(Route(route))) = (response.status(), entry, route)
        {
            let given = Arc::new(Given::new(Arc::clone(entry), route, response.headers()));
            self.given.insert(question, given);
        }
    }
}

impl Given {
    fn new(entry: Arc<Entry>, route: &str, headers: &HeaderMap) -> Self {
        let mut headers_not_modified = headers.clone();
        for about_the_body in
            [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_DISPOSITION, LAST_MODIFIED, LINK]
        {
            headers_not_modified.remove(about_the_body);
        }
        Self {
            entry,
            headers: headers.clone(),
            headers_not_modified,
            seconds: measure::seconds(route, StatusCode::OK),
            seconds_not_modified: measure::seconds(route, StatusCode::NOT_MODIFIED),
        }
    }

    fn respond(&self, request: &HeaderMap) -> Response {
        if self.entry.matches(request) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.headers_mut() = self.headers_not_modified.clone();
            response
        } else {
            let mut response = Response::new(Body::from(self.entry.body()));
            *response.headers_mut() = self.headers.clone();
            response
        }
    }
}

/// What the answer depends on: the address and `Accept`. Nothing for what is rare.
fn question<B>(request: &Request<B>) -> Option<String> {
    let address = request.uri().path_and_query()?.as_str();
    let mut accepts = request.headers().get_all(ACCEPT).iter();
    let accept = accepts.next().map_or(Some(""), |accept| accept.to_str().ok())?;
    let is_common = request.method() == Method::GET
        && accepts.next().is_none()
        && address.len() + accept.len() <= QUESTION_LENGTH_MAX;
    is_common.then(|| [address, " ", accept].concat())
}

type Routed = std::pin::Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl<B> Service<Request<B>> for Front
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, Routed>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let question = question(&request);
        let again = question.as_ref().and_then(|question| self.again(question, &request));
        if let Some(response) = again {
            return Either::Left(ready(Ok(response)));
        }
        let mut front = self.clone();
        Either::Right(Box::pin(async move {
            let response = front.router.call(request).await?;
            if let Some(question) = question {
                front.keep(question, &response);
            }
            Ok(response)
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use axum::routing::get;
    use http::HeaderValue;
    use http::header::{ETAG, IF_NONE_MATCH, VARY};
    use http_body_util::BodyExt;
    use tower::ServiceExt;
    use tower_http::set_header::SetResponseHeaderLayer;

    use super::*;
    use crate::cache::{Answer, Made};
    use crate::store::Reads;

    const MINUTE: Duration = Duration::from_mins(1);

    /// A router that counts what it is asked, behind a front. Its answers are files with a header
    /// of a layer around them, and fresh for so long.
    fn counted(fresh_for: Duration) -> (Front, Arc<AtomicU32>) {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let handler = move |headers: HeaderMap| async move {
            let number = counter.fetch_add(1, Ordering::Relaxed);
            let accept = headers.get(ACCEPT).map_or(&b""[..], |accept| accept.as_bytes());
            let body = [accept, number.to_string().as_bytes()].concat();
            let answer = Answer::new("text/csv", body).named("figures", "csv");
            let made = Made { answer, reads: Reads::More };
            Arc::new(Entry::new(made, None, Instant::now(), fresh_for)).respond(&headers)
        };
        let router = Router::new()
            .route("/figures", get(handler))
            .layer(SetResponseHeaderLayer::overriding(VARY, HeaderValue::from_static("accept")))
            .layer(axum::middleware::from_fn(measure::measure));
        (Front::new(router, MINUTE, 1 << 20), asked)
    }

    fn asking(method: Method, address: &str, header: Option<(&str, &str)>) -> Request<Body> {
        let request = Request::builder().method(method).uri(address);
        let request = header.into_iter().fold(request, |it, (name, value)| it.header(name, value));
        request.body(Body::empty()).expect("a request")
    }

    async fn seen<S>(service: S, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes)
    where
        S: Service<Request<Body>, Response = Response, Error = Infallible>,
    {
        let (head, body) = service.oneshot(request).await.expect("infallible").into_parts();
        (head.status, head.headers, body.collect().await.expect("a whole body").to_bytes())
    }

    #[tokio::test]
    async fn what_is_given_again_is_what_the_router_gave_in_every_header() {
        let (front, asked) = counted(MINUTE);
        let first = seen(front.clone(), asking(Method::GET, "/figures", None)).await;
        let again = seen(front.clone(), asking(Method::GET, "/figures", None)).await;
        assert_eq!(first, again);
        assert_eq!(asked.load(Ordering::Relaxed), 1);

        // The router makes other bytes each time, so to it the client must have all there are.
        let anything = asking(Method::GET, "/figures", Some((IF_NONE_MATCH.as_str(), "*")));
        let (status, mut headers, body) = seen(front.router.clone(), anything).await;
        let tag = first.1[ETAG].to_str().expect("ASCII");
        let mine = asking(Method::GET, "/figures", Some((IF_NONE_MATCH.as_str(), tag)));
        headers.insert(ETAG, first.1[ETAG].clone());
        // axum adds it to what has no body; of a 304 it would be said of the bytes that are not sent.
        headers.remove(CONTENT_LENGTH);
        assert_eq!(seen(front, mine).await, (status, headers, body));
        assert_eq!(status, StatusCode::NOT_MODIFIED);
        assert_eq!(asked.load(Ordering::Relaxed), 2, "only the router was asked for that");
    }

    #[tokio::test]
    async fn other_addresses_formats_and_methods_are_other_questions() {
        let (front, asked) = counted(MINUTE);
        for (method, address, accept) in [
            (Method::GET, "/figures", None),
            (Method::GET, "/figures?month=7", None),
            (Method::GET, "/figures", Some(("accept", "text/csv"))),
            (Method::HEAD, "/figures", None),
        ] {
            let before = asked.load(Ordering::Relaxed);
            seen(front.clone(), asking(method, address, accept)).await;
            assert_eq!(asked.load(Ordering::Relaxed), before + 1, "{address} {accept:?}");
        }
    }

    #[tokio::test]
    async fn what_is_stale_or_not_whole_or_wrong_is_not_given_again() {
        let (front, asked) = counted(Duration::ZERO);
        for _ in 0..2 {
            seen(front.clone(), asking(Method::GET, "/figures", None)).await;
        }
        assert_eq!(asked.load(Ordering::Relaxed), 2, "each was stale at once");

        let (front, asked) = counted(MINUTE);
        let has_it = || asking(Method::GET, "/figures", Some((IF_NONE_MATCH.as_str(), "*")));
        assert_eq!(seen(front.clone(), has_it()).await.0, StatusCode::NOT_MODIFIED);
        let whole = seen(front.clone(), asking(Method::GET, "/figures", None)).await;
        assert_eq!((whole.0, asked.load(Ordering::Relaxed)), (StatusCode::OK, 2));
        seen(front.clone(), asking(Method::GET, "/nothing", None)).await;
        assert!(!front.given.contains_key("/nothing "));
        assert!(front.given.contains_key("/figures "));
    }
}
