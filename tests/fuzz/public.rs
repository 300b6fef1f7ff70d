//! Fuzzes URLs of the public API and pages. Their ClickHouse is unreachable, and a URL that is
//! understood is answered accordingly.

use axum::body::{Body, to_bytes};
use clap::Parser;
use http::{Request, StatusCode, Uri};
use proptest::prelude::*;
use proptest::sample::select;
use tower::ServiceExt;

use crate::{fuzz, tells_nothing};

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    config: disclosure::Config,
}

fn segments() -> impl Strategy<Value = String> {
    let known = [
        "v1",
        "provinces",
        "440000",
        "660000",
        "710000",
        "months",
        "metrics",
        "ledger",
        "cities",
        "counties",
        "2023-07",
        "2023-13",
        "areas",
        "departments",
        "items",
        "items.csv",
        "departments.csv-metadata.json",
        "2023-07.csv",
        "2023-07.json",
        "data-sets",
        "channels",
        "tags",
        "en",
        "zh",
        "style.css",
        "icon.svg",
        "definitions",
        "%FF%FE",
        "%2e%2e",
        "%00",
        "%E5%BC%A0%E4%B8%89",
        "zhang-san-13800138000",
    ];
    prop_oneof![
        12 => select(known.to_vec()).prop_map(str::to_owned),
        1 => "[0-9a-z%._~!$&'()*+,;=:@-]{0,20}",
    ]
}

fn queries() -> impl Strategy<Value = String> {
    let keys = [
        "level",
        "parent",
        "department",
        "area",
        "by",
        "source",
        "limit",
        "offset",
        "format",
        "bom",
        "lang",
        "x",
        "",
    ];
    let values = [
        "city",
        "partition",
        "hall-1",
        "county",
        "440100",
        "csv",
        "json",
        "0",
        "-1",
        "1",
        "100",
        "99999999999999999999",
        "114401060074567890",
        "en",
        "%FF",
        "%",
        "%E5%BC%A0%E4%B8%89",
        "zhang-san-13800138000",
        "",
    ];
    let pair = (
        prop_oneof![9 => select(keys.to_vec()).prop_map(str::to_owned), 1 => "[!-~&&[^#]]{0,8}"],
        prop_oneof![9 => select(values.to_vec()).prop_map(str::to_owned), 1 => "[!-~&&[^#]]{0,12}"],
    );
    let pair = pair.prop_map(|(key, value)| format!("{key}={value}"));
    prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"))
}

#[test]
fn an_address_is_answered_and_not_repeated() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    // Nothing listens on port 9 of this machine.
    let arguments = ["disclosure", "--clickhouse-url", "http://127.0.0.1:9"];
    let router = disclosure::public_router(&CommandLine::parse_from(arguments).config);
    let known = prop_oneof![
        Just("/v1/provinces/440000/months/2023-07/".to_owned()),
        Just("/provinces/440000/months/2023-07/".to_owned()),
        Just("/".to_owned()),
    ];
    let paths = (known, prop::collection::vec(segments(), 0..6))
        .prop_map(|(known, segments)| known + &segments.join("/"));
    let accept = prop::option::of(prop_oneof![
        select(&["text/csv", "application/json", "text/html;q=0.5, */*", "*/*;q=2", ";;,"][..])
            .prop_map(|accept| accept.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..30),
    ]);
    fuzz("addresses", &(paths, queries(), accept), |(path, query, accept)| {
        let Ok(uri) = format!("{path}?{query}").parse::<Uri>() else { return Ok(()) };
        let mut request = Request::get(uri);
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        let Ok(request) = request.body(Body::empty()) else { return Ok(()) };
        let answered = runtime.block_on(async {
            let (head, body) =
                router.clone().oneshot(request).await.expect("infallible").into_parts();
            (head.status, to_bytes(body, 4 << 20).await.expect("a whole body"))
        });
        let (status, body) = answered;
        prop_assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR);
        if status != StatusCode::OK {
            tells_nothing("an address", &String::from_utf8_lossy(&body))?;
        }
        Ok(())
    });
}
