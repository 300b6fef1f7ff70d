//! The public API, as schemas/openapi/disclosure.yaml describes it: JSON and CSV, open to every
//! website, and problem details for everything that is wrong.

mod accept;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, get};
use daemon::problem;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, IF_NONE_MATCH, LAST_MODIFIED, LINK, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Uri};
use strum::EnumString;
use tower_http::cors::{Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::address::{self, Read};
use crate::app::App;
use crate::dataset::dictionary::INDEX;
use crate::download::Asked;
use crate::extension::Extension;
use crate::format::{self, metadata};
use crate::params::{Parameters, PathValues};
use crate::problem::{Kind, Problem};
use crate::resource::Representation;

/// The data sets: where they are below `/v1`, and how their addresses are read.
const ROUTES: [(&str, Read); 8] = [
    ("/provinces", address::provinces),
    ("/metrics", address::metrics),
    ("/provinces/{code}/months", address::months),
    ("/provinces/{code}/months/{month}", address::figures),
    ("/provinces/{code}/months/{month}/areas", address::areas),
    ("/provinces/{code}/months/{month}/departments", address::departments),
    ("/provinces/{code}/months/{month}/items", address::items),
    ("/provinces/{code}/months/{month}/ledger", address::ledger),
];

/// The routes below `/v1`, and `/v1` itself.
pub(crate) fn router() -> Router<App> {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([IF_NONE_MATCH])
        .expose_headers([ETAG, LINK, LAST_MODIFIED, CONTENT_DISPOSITION]);
    let mut routes = Router::new().route("/", listing(None)).route(INDEX, listing(None));
    for extension in Extension::ALL {
        let path = format!("{}{}", INDEX, extension.suffix());
        routes = routes.route(&path, listing(Some(extension)));
    }
    for (path, read) in ROUTES {
        if path.ends_with("/{month}") {
            routes = routes.route(path, answering(read, Ending::Month));
            continue;
        }
        routes = routes.route(path, answering(read, Ending::Plain));
        for extension in Extension::ALL {
            let path = format!("{path}{}", extension.suffix());
            routes = routes.route(&path, answering(read, Ending::Extension(extension)));
        }
    }
    let routes = routes
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed);
    Router::new()
        .nest("/v1", routes)
        .route("/v1/", listing(None))
        .layer(SetResponseHeaderLayer::if_not_present(VARY, HeaderValue::from_static("accept")))
        // What is wrong now may be right in a moment: a month that begins, a ClickHouse that is back.
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(cors)
}

/// What the address of a route ends in.
#[derive(Clone, Copy, Debug)]
enum Ending {
    Plain,
    Extension(Extension),
    /// In a month, which may have an extension after it.
    Month,
}

/// Answers what an address asks for, in the format that its extension says, or else its last parameter
/// or `Accept`.
fn answering(read: Read, ending: Ending) -> MethodRouter<App> {
    get(move |State(app): State<App>, path: PathValues, request: Request| async move {
        let (parts, _) = request.into_parts();
        let (uri, headers) = (&parts.uri, &parts.headers);
        let (path, extension) = match ending {
            Ending::Plain => (path, None),
            Ending::Extension(extension) => (path, Some(extension)),
            Ending::Month => path.split_month(),
        };
        let mut parameters = Parameters::of(uri)?;
        let resource = read(&path, &mut parameters)?;
        let Some(form) = form(extension, &mut parameters, headers)? else {
            parameters.end()?;
            return Ok(metadata::of_resource(&resource, uri).respond(headers));
        };
        parameters.end()?;
        match resource.long_table(form) {
            Some(table) => app.download(table, Asked::by(&parts)?).await,
            None => Ok(app.answer(resource, form).await?.respond(headers)),
        }
    })
}

/// Answers with the list of data sets.
fn listing(extension: Option<Extension>) -> MethodRouter<App> {
    get(move |uri: Uri, headers: HeaderMap| async move {
        let mut parameters = Parameters::of(&uri)?;
        let form = form(extension, &mut parameters, &headers)?;
        parameters.end()?;
        let answer = form.map_or_else(|| metadata::of_index(&uri), format::index);
        Ok::<_, Problem>(answer.respond(&headers))
    })
}

/// What form is asked for; nothing if it is what describes a table.
fn form(
    extension: Option<Extension>,
    parameters: &mut Parameters,
    headers: &HeaderMap,
) -> Result<Option<Representation>, Problem> {
    let format = match extension {
        Some(Extension::Json) => Format::Json,
        Some(Extension::Csv) => Format::Csv,
        Some(Extension::Metadata) => return Ok(None),
        None => match parameters.read("format")? {
            Some(format) => format,
            None => accept::preferred(headers).ok_or_else(|| {
                let detail = "The available formats are application/json and text/csv.";
                Problem::new(Kind::NotAcceptable, detail)
            })?,
        },
    };
    Ok(Some(match format {
        Format::Json => Representation::Json,
        Format::Csv => Representation::Csv { bom: parameters.switch("bom")?.unwrap_or(true) },
    }))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = domain::ParseError, parse_err_fn = not_a_format)]
enum Format {
    Json,
    Csv,
}

fn not_a_format(_: &str) -> domain::ParseError {
    domain::ParseError::new("json or csv")
}
