//! Tests the router as clients see it. ClickHouse is unreachable: requests that need it are
//! answered accordingly, and all others do not need it.

use axum::body::Body;
use clap::Parser;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    config: Config,
}

/// Nothing listens on port 9 of this machine.
fn without_clickhouse() -> Router {
    let arguments = ["disclosure", "--clickhouse-url", "http://127.0.0.1:9"];
    public_router(&CommandLine::parse_from(arguments).config)
}

async fn send(request: Request<Body>) -> (http::response::Parts, String) {
    let response = without_clickhouse().oneshot(request).await.expect("the router cannot fail");
    let (head, body) = response.into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    (head, String::from_utf8(body.to_vec()).expect("UTF-8"))
}

fn get(address: &str) -> Request<Body> {
    Request::get(address).body(Body::empty()).expect("a request")
}

/// What a client sees of an answer of the API.
async fn seen(request: Request<Body>) -> String {
    let (head, body) = send(request).await;
    let headers = ["content-type", "allow", "retry-after", "cache-control"];
    let headers = headers.map(|name| {
        let value = head.headers.get(name).and_then(|value| value.to_str().ok());
        value.map(|value| format!("{name}: {value}\n")).unwrap_or_default()
    });
    assert_eq!(head.headers["access-control-allow-origin"], "*", "every website may read it");
    assert_eq!(head.headers["x-content-type-options"], "nosniff");
    format!("{}\n{}{body}", head.status, headers.concat())
}

/// What a client sees at each of these addresses.
async fn alike(addresses: &[&str]) -> String {
    let first = seen(get(addresses[0])).await;
    for address in addresses {
        assert_eq!(seen(get(address)).await, first, "{address}");
    }
    first
}

#[tokio::test]
async fn a_province_that_there_is_not() {
    let seen = alike(&[
        "/v1/provinces/710000/months",
        "/v1/provinces/44/months/2023-07",
        "/v1/provinces/440100/months/2023-07/items",
        "/v1/provinces/440100/months/2023-07/ledger",
        "/v1/provinces/%FF%FE/months",
    ]);
    insta::assert_snapshot!(seen.await, @r#"
    404 Not Found
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:unknown-province","title":"Unknown province","status":404,"detail":"The code belongs to none of the 32 province-level units. See the list of provinces."}
    "#);
}

#[tokio::test]
async fn a_month_that_cannot_be_read() {
    let seen = alike(&[
        "/v1/provinces/440000/months/2023-13",
        "/v1/provinces/440000/months/2019-11/areas",
        "/v1/provinces/440000/months/july/departments",
        "/v1/provinces/440000/months/2023-7/ledger",
    ]);
    insta::assert_snapshot!(seen.await, @r#"
    400 Bad Request
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:malformed-month","title":"Malformed month","status":400,"detail":"Write the month as yyyy-mm, such as 2023-07. The first month is 2019-12."}
    "#);
}

#[tokio::test]
async fn a_parameter_that_is_not_known() {
    let address = "/v1/provinces/440000/months/2023-07/departments?limt=5&format=csv";
    insta::assert_snapshot!(seen(get(address)).await, @r#"
    400 Bad Request
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:unknown-parameter","title":"Unknown parameter","status":400,"detail":"This address takes only these parameters: limit, offset, format, bom."}
    "#);
    let address = "/v1/provinces/440000/months/2023-07/ledger?day=2023-07-01";
    insta::assert_snapshot!(seen(get(address)).await, @r#"
    400 Bad Request
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:unknown-parameter","title":"Unknown parameter","status":400,"detail":"This address takes only these parameters: by, source, limit, offset, format."}
    "#);
    insta::assert_snapshot!(seen(get("/v1/provinces?lang=en")).await, @r#"
    400 Bad Request
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:unknown-parameter","title":"Unknown parameter","status":400,"detail":"This address takes only these parameters: format."}
    "#);
}

#[tokio::test]
async fn a_parameter_with_a_value_that_it_cannot_have() {
    let mut details = Vec::new();
    for query in [
        "areas?level=street",
        "areas?level=city&parent=440100",
        "areas?level=county&parent=440106",
        "areas?level=county&parent=440000",
        "areas?level=county&parent=450100",
        "items?area=4401",
        "items?area=430100",
        "items?department=1144010000751234",
        "items?item=114401000075123456344012300100",
        "items?channel=fax",
        "items?limit=0",
        "items?limit=1001",
        "items?limit=-1",
        "items?offset=4294967296",
        "items?offset=1&offset=2",
        "items?format=xml",
        "ledger?by=day",
        "ledger?source=Simulator",
        "ledger?limit=0",
        "items.csv?bom=2",
    ] {
        let address = format!("/v1/provinces/440000/months/2023-07/{query}");
        let (head, body) = send(get(&address)).await;
        let body: wire::Problem = serde_json::from_str(&body).expect("a problem");
        assert_eq!(head.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(body.problem_type, "urn:haochaping:problem:malformed-parameter", "{query}");
        details.push(format!("{query}: {}", body.detail));
    }
    insta::assert_snapshot!(details.join("\n"), @r"
    areas?level=street: The parameter level is malformed: expected city or county.
    areas?level=city&parent=440100: The parameter parent goes with level=county only.
    areas?level=county&parent=440106: The parameter parent must be a city.
    areas?level=county&parent=440000: The parameter parent must be a city.
    areas?level=county&parent=450100: The parameter parent must lie in the province.
    items?area=4401: The parameter area is malformed: expected six digits that begin with the code of a province-level unit, such as 440106.
    items?area=430100: The parameter area must lie in the province.
    items?department=1144010000751234: The parameter department is malformed: expected 18 digits and capital letters.
    items?item=114401000075123456344012300100: The parameter item is malformed: expected an item code of 31 or 33 digits and capital letters.
    items?channel=fax: The parameter channel is malformed: expected the name of a channel, such as hall or pc_portal.
    items?limit=0: The parameter limit must be a number from 1 to 1000.
    items?limit=1001: The parameter limit must be a number from 1 to 1000.
    items?limit=-1: The parameter limit must be a number from 1 to 1000.
    items?offset=4294967296: The parameter offset must be a number from 0 to 4294967295.
    items?offset=1&offset=2: The parameter offset is given more than once.
    items?format=xml: The parameter format is malformed: expected json or csv.
    ledger?by=day: The parameter by is malformed: expected source or partition.
    ledger?source=Simulator: The parameter source is malformed: expected a source of 1 to 64 lowercase letters, digits, dots, slashes, hyphens and underscores that begins with a letter or a digit.
    ledger?limit=0: The parameter limit must be a number from 1 to 1000.
    items.csv?bom=2: The parameter bom must be a number from 0 to 1.
    ");
}

#[tokio::test]
async fn a_format_that_cannot_be_given() {
    let address = "/v1/provinces/440000/months/2023-07";
    let request = Request::get(address).header("accept", "text/html").body(Body::empty());
    insta::assert_snapshot!(seen(request.expect("a request")).await, @r#"
    406 Not Acceptable
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:not-acceptable","title":"Not acceptable","status":406,"detail":"The available formats are application/json and text/csv."}
    "#);
}

#[tokio::test]
async fn an_address_at_which_there_is_nothing() {
    let seen = alike(&["/v1/provinces/440000", "/v1/nothing?format=csv", "/v1/metrics.xlsx"]);
    insta::assert_snapshot!(seen.await, @r#"
    404 Not Found
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:not-found","title":"Not found","status":404,"detail":"There is nothing at this address. See the API's description."}
    "#);
}

#[tokio::test]
async fn a_method_that_an_address_does_not_know() {
    let request = Request::delete("/v1/provinces").body(Body::empty());
    insta::assert_snapshot!(seen(request.expect("a request")).await, @r#"
    405 Method Not Allowed
    content-type: application/problem+json
    allow: GET,HEAD
    cache-control: no-store
    {"type":"urn:haochaping:problem:method-not-allowed","title":"Method not allowed","status":405,"detail":"The address does not know this method."}
    "#);
}

#[tokio::test]
async fn while_clickhouse_is_away_clients_are_told_to_wait() {
    let seen = alike(&[
        "/v1/provinces",
        "/v1/provinces/440000/months",
        "/v1/provinces/440000/months/2023-07",
        "/v1/provinces/440000/months/2023-07/areas?level=county&parent=440100",
        "/v1/provinces/440000/months/2023-07/items?limit=5&offset=10&channel=hall&area=440106",
        "/v1/provinces/440000/months/2023-07/items?item=1144010000751234563440123001000",
        "/v1/provinces/440000/months/2023-07.csv",
        "/v1/provinces/440000/months/2023-07/items.csv?area=440106&bom=0",
        "/v1/provinces/440000/months/2023-07/departments?format=csv",
        "/v1/provinces/440000/months/2023-07/ledger?by=partition&source=a/b&limit=5",
    ]);
    insta::assert_snapshot!(seen.await, @r#"
    503 Service Unavailable
    content-type: application/problem+json
    retry-after: 1
    cache-control: no-store
    {"type":"urn:haochaping:problem:overloaded","title":"Overloaded","status":503,"detail":"The figures cannot be read right now. Try again."}
    "#);
}

#[tokio::test]
async fn the_api_says_what_there_is_and_in_which_formats() {
    for address in ["/v1", "/v1/", "/v1/data-sets", "/v1/data-sets.json"] {
        let (head, body) = send(get(address)).await;
        assert_eq!(head.headers["content-type"], "application/json", "{address}");
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let sets = body["data_sets"].as_array().expect("a list");
        let items = "/v1/provinces/{code}/months/{month}/items.csv{?area,department,item,channel,limit,offset,bom}";
        assert!(sets.iter().any(|set| set["csv"] == items), "{body}");
    }
    let (_, with) = send(get("/v1/metrics.csv")).await;
    let (_, without) = send(get("/v1/metrics?format=csv&bom=0")).await;
    assert_eq!(with, format!("\u{feff}{without}"));
}

#[tokio::test]
async fn what_describes_a_table_lies_beside_it() {
    for (address, table) in [
        ("/v1/provinces/440000/months/2023-07.csv-metadata.json", "2023-07.csv"),
        (
            "/v1/provinces/440000/months/2023-07/items.csv-metadata.json?area=440106",
            "items.csv?area=440106",
        ),
        ("/v1/provinces/440000/months/2023-07/areas.csv-metadata.json", "areas.csv"),
        ("/v1/provinces/440000/months/2023-07/departments.csv-metadata.json", "departments.csv"),
        ("/v1/provinces/440000/months/2023-07/ledger.csv-metadata.json", "ledger.csv"),
        ("/v1/provinces/440000/months.csv-metadata.json", "months.csv"),
        ("/v1/provinces.csv-metadata.json", "provinces.csv"),
        ("/v1/metrics.csv-metadata.json", "metrics.csv"),
        ("/v1/data-sets.csv-metadata.json", "data-sets.csv"),
    ] {
        let (head, body) = send(get(address)).await;
        assert_eq!(head.headers["content-type"], "application/csvm+json", "{address}");
        let body: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["url"], table, "{address}");
    }
    let (head, body) = send(get("/v1/metrics.csv")).await;
    let link =
        "</v1/metrics.csv-metadata.json>; rel=\"describedby\"; type=\"application/csvm+json\"";
    assert_eq!(head.headers["link"], link);
    assert!(body.starts_with("\u{feff}id,version,"), "{body}");
}

#[tokio::test]
async fn an_address_that_says_its_format_takes_no_other() {
    let (head, body) = send(get("/v1/metrics.csv?format=json")).await;
    assert_eq!(head.status, StatusCode::BAD_REQUEST);
    assert!(body.contains("takes only these parameters: bom."), "{body}");
}

#[tokio::test]
async fn a_website_may_read_where_to_go_on_and_up_to_when_figures_are_current() {
    let request = Request::get("/v1/metrics").header("origin", "https://example.org");
    let (head, _) = send(request.body(Body::empty()).expect("a request")).await;
    let exposed = head.headers["access-control-expose-headers"].to_str().expect("ASCII");
    assert_eq!(exposed, "etag,link,last-modified,content-disposition");
}

#[tokio::test]
async fn a_website_may_ask_before_it_asks() {
    let request = Request::options("/v1/provinces")
        .header("origin", "https://example.org")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "if-none-match")
        .body(Body::empty());
    let (head, _) = send(request.expect("a request")).await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.headers["access-control-allow-origin"], "*");
    assert_eq!(head.headers["access-control-allow-headers"], "if-none-match");
}

#[tokio::test]
async fn people_are_told_in_their_language_what_is_wrong_and_where_to_go_on() {
    for (address, status, language, words) in [
        ("/provinces/710000", 404, "zh-CN", "没有这个省级单位"),
        ("/provinces/440000/months/2023-13", 400, "zh-CN", "href=\"/provinces/440000\""),
        (
            "/provinces/440000/months/2023-13?lang=en",
            400,
            "en",
            "href=\"/provinces/440000?lang=en\"",
        ),
        ("/provinces/440000/months/2023-07/items?area=430100&lang=en", 400, "en", "malformed"),
        ("/provinces/440000/months/2023-07?from=singlemessage", 503, "zh-CN", "暂时无法读取数据"),
        ("/provinces/440000/months/2023-07/ledger?lang=en", 503, "en", "cannot be read now"),
        (
            "/provinces/440000/months/2023-07/ledger?by=day",
            400,
            "zh-CN",
            "href=\"/provinces/440000\"",
        ),
        ("/?lang=en", 503, "en", "cannot be read now"),
        ("/nothing?lang=fr", 404, "zh-CN", "没有这个页面"),
        ("/assets/style.0000000000000000.css", 404, "zh-CN", "没有这个页面"),
    ] {
        let (head, body) = send(get(address)).await;
        assert_eq!(head.status.as_u16(), status, "{address}");
        assert_eq!(head.headers["content-type"], "text/html; charset=utf-8", "{address}");
        assert_eq!(head.headers["cache-control"], "no-store", "{address}");
        assert_eq!(head.headers.contains_key("retry-after"), status == 503, "{address}");
        assert!(body.contains(&format!("<html lang=\"{language}\">")), "{address}: {body}");
        assert!(body.contains(words), "{address}: {body}");
    }
    let request = Request::post("/").body(Body::empty()).expect("a request");
    let (head, body) = send(request).await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(body.contains("这个地址只能查看"));
}

#[tokio::test]
async fn a_page_may_load_its_own_style_sheet_and_nothing_else() {
    let (page, body) = send(get("/nothing")).await;
    insta::assert_snapshot!(page.headers["content-security-policy"].to_str().expect("ASCII"), @"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    let start = body.find("/assets/style.").expect("a link to the style sheet");
    let (address, _) = body[start..].split_once('"').expect("the end of the attribute");
    let (style, content) = send(get(address)).await;
    assert_eq!(style.status, StatusCode::OK);
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(style.headers["cache-control"], "public, max-age=31536000, immutable");
    assert!(content.contains(":root"));
    assert!(!body.contains("<script") && !body.contains("style=\""));
}

#[tokio::test]
async fn the_service_stops_when_it_is_told_to() {
    let arguments = [
        "disclosure",
        "--clickhouse-url=http://127.0.0.1:9",
        "--listen=127.0.0.1:0",
        "--admin-listen=127.0.0.1:0",
    ];
    let stop = CancellationToken::new();
    let running = tokio::spawn(run(CommandLine::parse_from(arguments).config, stop.clone()));
    tokio::task::yield_now().await;
    stop.cancel();
    let ended = timeout(Duration::from_secs(10), running).await;
    ended.expect("in time").expect("no panic").expect("no failure");
}

/// Its response would end with the connection, whether the table is whole or not.
#[tokio::test]
async fn a_whole_table_is_not_sent_over_http_1_0() {
    let request = |address: &str| {
        let request = Request::get(address).version(http::Version::HTTP_10);
        request.body(Body::empty()).expect("a request")
    };
    let items = "/v1/provinces/440000/months/2023-07/items.csv";
    insta::assert_snapshot!(seen(request(items)).await, @r#"
    505 HTTP Version Not Supported
    content-type: application/problem+json
    cache-control: no-store
    {"type":"urn:haochaping:problem:http-too-old","title":"HTTP/1.1 is needed","status":505,"detail":"A whole table is sent over HTTP/1.1 only, since over HTTP/1.0 one that has broken off looks whole. A proxy may have to be told so, such as nginx with proxy_http_version 1.1. Or read pages with limit and offset."}
    "#);
    let page = seen(request(&format!("{items}?limit=10"))).await;
    assert!(page.starts_with("503"), "without ClickHouse: {page}");
}
