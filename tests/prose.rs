//! Holds texts for people to the program.

use std::collections::BTreeMap;
use std::fs;

use daemon::problem::{Common, ProblemKind};
use serde::Deserialize;
use strum::VariantArray;

use crate::support::repository;
use crate::support::run_well;

/// Every command of the README exists, with its flags.
#[test]
fn the_commands_of_the_readme_exist() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("there is a README");
    let mut commands = 0;
    for line in readme.lines().filter_map(|line| line.strip_prefix("target/release/haochaping ")) {
        let arguments: Vec<_> = line.split_whitespace().collect();
        run_well(&[&arguments[..], &["--help"]].concat());
        let help = run_well(&[arguments[0], "--help"]);
        let help = match arguments.get(1) {
            Some(second) if help.contains("Commands:") => {
                run_well(&[arguments[0], second, "--help"])
            }
            _ => help,
        };
        for flag in arguments.iter().filter(|argument| argument.starts_with("--")) {
            assert!(help.contains(flag), "{flag} of: {line}");
        }
        commands += 1;
    }
    assert!(commands >= 3);
    for script in ["deploy/up", "deploy/test"] {
        assert!(readme.contains(script) && repository().join(script).exists(), "{script}");
    }
}

/// Every relative link of the documents leads somewhere.
#[test]
fn the_links_of_the_documents_lead_somewhere() {
    let mut documents =
        vec!["README.md".into(), "ARCHITECTURE.md".into(), "schemas/README.md".into()];
    for entry in fs::read_dir(repository().join("docs/adr")).expect("there are decisions") {
        documents
            .push(format!("docs/adr/{}", entry.expect("a file").file_name().to_string_lossy()));
    }
    for document in documents {
        let path = repository().join(&document);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{document}: {error}"));
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let target = target.split('#').next().expect("a first part");
            let folder = path.parent().expect("a folder");
            assert!(folder.join(target).exists(), "{document} leads to {target}");
        }
    }
}

#[derive(Deserialize)]
struct Explained {
    slug: String,
    title: String,
    status: u16,
}

/// `schemas/problems.json` explains to callers what each API answers.
#[test]
fn every_kind_of_problem_is_explained_to_callers_as_it_is_answered() {
    let explained = fs::read_to_string(repository().join("schemas/problems.json"));
    let explained: Vec<Explained> =
        serde_json::from_str(&explained.expect("there is a list")).expect("a list of problems");
    let explained: BTreeMap<_, _> = explained
        .iter()
        .map(|kind| (kind.slug.as_str(), (kind.title.as_str(), kind.status)))
        .collect();
    let mut facts: Vec<_> = Common::VARIANTS.iter().map(|kind| kind.facts()).collect();
    facts.extend(ingest::problem_facts());
    facts.extend(disclosure::problem_facts());
    let answered: BTreeMap<_, _> =
        facts.into_iter().map(|facts| (facts.slug, (facts.title, facts.status.as_u16()))).collect();
    assert_eq!(explained, answered);
}
