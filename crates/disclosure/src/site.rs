//! The routes of the pages: from a URL to a page, or to a page that says what is wrong.

use ::figures::Freshness;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Uri};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::address::{self, Read};
use crate::app::App;
use crate::cache::cache_control;
use crate::pages::{assets, errors};
use crate::params::{Parameters, PathValues};
use crate::problem::Kind;
use crate::resource::{Language, Representation};

/// Nothing but our own style sheet and icon, and nobody may put a page into a frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

/// The routes of pages, and everything that is not below `/v1`.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", showing(address::provinces))
        .route("/metrics", showing(address::metrics))
        .route("/provinces/{code}", showing(address::months))
        .route("/provinces/{code}/months/{month}", showing(address::figures))
        .route("/provinces/{code}/months/{month}/areas", showing(address::areas))
        .route("/provinces/{code}/months/{month}/departments", showing(address::departments))
        .route("/provinces/{code}/months/{month}/items", showing(address::items))
        .route("/provinces/{code}/months/{month}/ledger", showing(address::ledger))
        .route("/assets/{name}", get(asset))
        .fallback(async |uri: Uri| errors::page(Kind::NotFound, None, language_of(&uri)))
        .method_not_allowed_fallback(async |uri: Uri| {
            errors::page(Kind::MethodNotAllowed, None, language_of(&uri))
        })
        .layer(SetResponseHeaderLayer::if_not_present(CONTENT_SECURITY_POLICY, POLICY))
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
}

/// Shows what an address asks for. Parameters that it does not know are left alone: apps through
/// which people pass links on add their own.
fn showing(read: Read) -> MethodRouter<App> {
    get(move |State(app): State<App>, path: PathValues, uri: Uri, headers: HeaderMap| async move {
        let language = language_of(&uri);
        let resource = Parameters::of(&uri).and_then(|mut given| read(&path, &mut given));
        let answer = match resource {
            Ok(resource) => app.answer(resource, Representation::Page(language)).await,
            Err(problem) => Err(problem),
        };
        match answer {
            Ok(answer) => answer.respond(&headers),
            Err(problem) => errors::page(problem.kind(), path.province().ok(), language),
        }
    })
}

/// Chinese, unless another language is asked for that there is.
fn language_of(uri: &Uri) -> Language {
    let language = Parameters::of(uri).and_then(|mut given| given.read("lang"));
    language.ok().flatten().unwrap_or_default()
}

/// A file whose name holds the hash of its bytes.
async fn asset(Path(name): Path<String>, uri: Uri) -> Response {
    let Some((content_type, content)) = assets::named(&name) else {
        return errors::page(Kind::NotFound, None, language_of(&uri));
    };
    let content_type = HeaderValue::from_static(content_type);
    let headers =
        [(CONTENT_TYPE, content_type), (CACHE_CONTROL, cache_control(Freshness::Immutable))];
    (headers, content).into_response()
}
