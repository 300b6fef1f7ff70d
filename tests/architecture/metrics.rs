//! docs/metrics.md says of every metric what the sources say of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{macros, texts};
use crate::{files, read};

/// What every name begins with.
const PREFIX: &str = "haochaping_";

/// Whether a text is the name of a metric: words in lower case after the prefix, and nothing else.
fn is_metric(text: &str) -> bool {
    let services =
        ["ingest_", "loader_", "counter_", "auditor_", "ledger_", "disclosure_", "state_"];
    let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
    text.strip_prefix(PREFIX).is_some_and(|rest| {
        services.iter().any(|service| rest.starts_with(service)) && rest.chars().all(is_word)
    })
}

fn sources() -> impl Iterator<Item = String> {
    let of_product = |path: &String| path.contains("/src/");
    files("crates", ".rs").into_iter().filter(of_product).map(|path| read(&path))
}

/// Type and labels of a metric, as the documentation has them.
struct Documented {
    kind: String,
    labels: BTreeSet<String>,
}

fn documented() -> BTreeMap<String, Documented> {
    let mut documented = BTreeMap::new();
    for line in read("docs/metrics.md").lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, meaning, action] = cells[..] else { panic!("five cells: {line}") };
        assert!(!meaning.is_empty() && !action.is_empty(), "{line}");
        let labels = labels.split('`').filter(|it| it.chars().any(char::is_alphanumeric));
        let entry =
            Documented { kind: kind.to_owned(), labels: labels.map(str::to_owned).collect() };
        let before = documented.insert(name.trim_matches('`').to_owned(), entry);
        assert!(before.is_none(), "{name} stands there twice");
    }
    documented
}

#[test]
fn every_metric_is_documented_and_nothing_else_is() {
    let found: BTreeSet<String> =
        sources().flat_map(|source| texts(&source)).filter(|text| is_metric(text)).collect();
    let documented: BTreeSet<String> = documented().into_keys().collect();
    assert_eq!(found, documented, "sources on the left, docs/metrics.md on the right");
    assert!(found.len() > 10, "{found:?}");
}

/// The type that the documentation gives is the one that is recorded, and the name's ending says it.
#[test]
fn a_metric_has_the_type_and_the_labels_that_are_documented() {
    let documented = documented();
    let mut seen = 0;
    for source in sources() {
        for (kind, words) in macros(&source, &["counter", "gauge", "histogram"]) {
            // Names that are constants or arguments are checked by their endings below.
            let Some(name) = words.first().filter(|name| is_metric(name)) else { continue };
            let entry = &documented[name];
            assert_eq!(entry.kind, kind, "{name}");
            // A literal name is followed by label, value, label, value; values may be no literals.
            for label in &entry.labels {
                let is_there = words.contains(label) || source.contains(&format!("(\"{label}\", "));
                assert!(is_there, "{name} has no label {label}");
            }
            if let Some(label) = words.get(1) {
                assert!(entry.labels.contains(label), "{label} of {name} is not documented");
            }
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen} metrics are set by name");
    for (name, Documented { kind, .. }) in documented {
        let by_ending = match () {
            () if name.ends_with("_total") => "counter",
            () if name.ends_with("_seconds") => "histogram",
            () => "gauge",
        };
        assert_eq!(kind, by_ending, "{name}");
    }
}
