//! Every example of a bad event under schemas/, over HTTP.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use accounts::{Account, Reach};
use axum::Router;
use domain::{Kind, SourceId};
use http::StatusCode;
use serde_json::{Value, json};

use crate::intake::{self, BATCH, EVENT, answer, config, hall, post_as, router};

fn bad_examples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples/bad");
    let entries = fs::read_dir(folder).expect("the folder exists");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> =
        paths.filter(|path| !path.to_string_lossy().ends_with(".expected.json")).collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("an example can be read")).expect("JSON")
}

/// The source of an event; of one that names none, any.
fn source_of(event: &Value) -> SourceId {
    let source = event["source"].as_str().unwrap_or_default();
    source.parse().unwrap_or(hall().source)
}

/// An account for each source, which may post everything: only the event can be at fault.
fn account(source: SourceId) -> Account {
    Account {
        source,
        keys: vec![intake::key(&key(source))],
        reach: Reach::Nationwide,
        channels: None,
        posts: [Kind::Service, Kind::Review, Kind::Disposition].into(),
        late_days: 3650,
        ..hall()
    }
}

fn key(source: SourceId) -> String {
    format!("hcp_{source}")
}

async fn problem_alone(router: &Router, key: &str, path: &str, event: &Value) -> Value {
    let (status, problem) = answer(router, post_as(key, path, EVENT, event.to_string())).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    problem
}

async fn problem_in_batch(router: &Router, key: &str, path: &str, event: &Value) -> Value {
    let batch = json!([event]).to_string();
    let (status, results) = answer(router, post_as(key, path, BATCH, batch)).await;
    assert_eq!(status, StatusCode::OK, "{results}");
    assert_eq!(results["results"][0]["status"], "rejected", "{results}");
    results["results"][0]["problem"].clone()
}

#[tokio::test]
async fn every_bad_example_is_refused_with_a_pointer_to_the_field_that_is_wrong() {
    let examples = bad_examples();
    assert!(examples.len() >= 40);
    let sources: BTreeSet<_> = examples.iter().map(|path| source_of(&read(path))).collect();
    let accounts: Vec<_> = sources.into_iter().map(account).collect();
    let router = router(&config(), &accounts);

    for path in examples {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let event = read(&path);
        let expected = read(&path.with_extension("expected.json"));
        let address = format!("/v1/{}s", name.split('-').next().expect("a kind"));
        let key = key(source_of(&event));

        let problem = problem_alone(&router, &key, &address, &event).await;
        let field = &problem["errors"][0];
        assert_eq!(field["pointer"], expected["pointer"], "{name}");
        let detail = field["detail"].as_str().expect("a text");
        let words = expected["detail_contains"].as_str().expect("a text");
        assert!(detail.contains(words), "{name}: {detail}");
        let in_batch = problem_in_batch(&router, &key, &address, &event).await;
        assert_eq!(in_batch, problem, "{name}");
    }
}
