//! What documents say can be found where they say it is: links, headings, variables, scripts.

use std::collections::BTreeSet;

use crate::source::texts;
use crate::{files, read, root};

/// All documents for people.
fn documents() -> Vec<String> {
    let at_the_root = ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG"];
    let mut documents: Vec<_> = at_the_root.iter().map(|name| format!("{name}.md")).collect();
    documents.push("schemas/README.md".to_owned());
    documents.extend(files("docs", ".md"));
    documents
}

/// The anchors of a document's headings, as GitHub and GitLab make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter_map(|line| line.strip_prefix('#'));
    let keep = |c: char| c.is_alphanumeric() || c == ' ' || c == '-' || c == '_';
    headings
        .map(|heading| heading.trim_start_matches('#').trim().to_lowercase())
        .map(|heading| heading.chars().filter(|c| keep(*c)).collect::<String>().replace(' ', "-"))
        .collect()
}

/// Every relative link of the documents leads to a file, and to a heading in it if it names one.
#[test]
fn the_links_of_the_documents_lead_somewhere() {
    let mut links = 0;
    for document in documents() {
        let text = read(&document);
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = root().join(folder).join(file);
            assert!(file.is_empty() || path.exists(), "{document} leads to {target}");
            if !heading.is_empty() {
                let there = match file {
                    "" => text.clone(),
                    file => read(format!("{folder}/{file}").trim_start_matches('/')),
                };
                assert!(anchors(&there).contains(heading), "{document} leads to {target}");
            }
            links += 1;
        }
    }
    assert!(links > 50, "{links} links were found");
}

/// Every variable that a document names is read by the program, by its tests or by its scripts.
#[test]
fn the_variables_of_the_documents_are_read() {
    let mut known = BTreeSet::new();
    for folder in ["crates", "tests"] {
        for path in files(folder, ".rs") {
            known.extend(texts(&read(&path)));
            known.extend(variables(&read(&path)));
        }
    }
    for script in ["deploy/lib.sh", "deploy/check", "deploy/test", "deploy/up", "deploy/bench"] {
        known.extend(variables(&read(script)));
    }
    // The changelog names what is gone, too.
    for document in documents().into_iter().filter(|document| document != "CHANGELOG.md") {
        for variable in variables(&read(&document)) {
            assert!(known.contains(&variable), "{document} names {variable}");
        }
    }
}

/// A variable that a single service reads has the service in its name: one environment serves them all.
#[test]
fn the_variables_of_a_service_have_its_name() {
    let mut seen = 0;
    for service in ["ingest", "loader", "counter", "auditor", "disclosure"] {
        let config = read(&format!("crates/{service}/src/config.rs"));
        for variable in variables(&config) {
            let prefix = format!("HAOCHAPING_{}_", service.to_uppercase());
            assert!(variable.starts_with(&prefix), "{variable} of {service} begins with {prefix}");
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen} variables were found");
}

/// All names in a text that look like a variable of ours.
fn variables(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let names = text.split("HAOCHAPING_").skip(1);
    let names = names.map(|rest| rest.chars().take_while(|c| is_name(*c)).collect::<String>());
    names.filter(|name| !name.is_empty()).map(|name| format!("HAOCHAPING_{name}")).collect()
}

/// A metric that an alarm or a remedy names is one of the reference, which is held to the sources.
#[test]
fn the_metrics_of_the_operations_page_are_in_their_reference() {
    let reference = read("docs/metrics.md");
    let page = read("docs/operations.md");
    let metrics: BTreeSet<_> =
        page.split('`').skip(1).step_by(2).filter(|code| code.starts_with("haochaping_")).collect();
    assert!(metrics.len() > 5, "{metrics:?}");
    for metric in metrics {
        assert!(reference.contains(&format!("| `{metric}` |")), "{metric}");
    }
}

/// The lines of the README's table are lines of the whole table.
#[test]
fn the_figures_of_the_readme_are_those_of_the_performance_page() {
    let performance = read("docs/performance.md");
    let readme = read("README.md");
    let (_, table) = readme.split_once("| what | ours |").expect("there is a table");
    let rows: Vec<_> = table.lines().skip(2).take_while(|line| line.starts_with("| ")).collect();
    assert_eq!(rows.len(), 6);
    for row in rows {
        assert!(performance.lines().any(|line| line == row), "{row}");
    }
}
