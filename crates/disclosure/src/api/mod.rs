//! The public API, as schemas/openapi/disclosure.yaml describes it: JSON and CSV, open to every
//! website, and problem details for everything that is wrong.

mod accept;

use axum::Router;
use axum::extract::State;
use axum::routing::{MethodRouter, any, get};
use daemon::problem;
use http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, Method, Uri};
use strum::EnumString;
use tower_http::cors::{Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::address::{self, Read};
use crate::app::App;
use crate::params::{Parameters, PathValues};
use crate::problem::{Kind, Problem};
use crate::resource::Representation;

/// The routes below `/v1`, and `/v1` itself.
pub(crate) fn router() -> Router<App> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([IF_NONE_MATCH])
        .expose_headers([ETAG]);
    let routes = Router::new()
        .route("/provinces", answering(address::provinces))
        .route("/metrics", answering(address::metrics))
        .route("/provinces/{code}/months", answering(address::months))
        .route("/provinces/{code}/months/{month}", answering(address::figures))
        .route("/provinces/{code}/months/{month}/areas", answering(address::areas))
        .route("/provinces/{code}/months/{month}/departments", answering(address::departments))
        .route("/provinces/{code}/months/{month}/items", answering(address::items))
        .route("/provinces/{code}/months/{month}/ledger", answering(address::ledger))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed);
    Router::new()
        .nest("/v1", routes)
        .route("/v1/", any(problem::not_found))
        .layer(SetResponseHeaderLayer::if_not_present(VARY, HeaderValue::from_static("accept")))
        // What is wrong now may be right in a moment: a month that begins, a ClickHouse that is back.
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(cors)
}

/// Answers what an address asks for, in the format that its last parameter or `Accept` says.
fn answering(read: Read) -> MethodRouter<App> {
    get(move |State(app): State<App>, path: PathValues, uri: Uri, headers: HeaderMap| async move {
        let mut parameters = Parameters::of(&uri)?;
        let resource = read(&path, &mut parameters)?;
        let format = parameters.read("format")?;
        parameters.end()?;
        let representation = match format {
            Some(Format::Json) => Representation::Json,
            Some(Format::Csv) => Representation::Csv,
            None => accept::preferred(&headers).ok_or_else(|| {
                let detail = "The available formats are application/json and text/csv.";
                Problem::new(Kind::NotAcceptable, detail)
            })?,
        };
        let answer = app.answer(resource, representation).await?;
        Ok::<_, Problem>(answer.respond(&headers))
    })
}

#[derive(EnumString)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = domain::ParseError, parse_err_fn = not_a_format)]
enum Format {
    Json,
    Csv,
}

fn not_a_format(_: &str) -> domain::ParseError {
    domain::ParseError::new("json or csv")
}
