//! What is written for people is true of the program. What can be told without running it is held in
//! tests/architecture.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::support::{program, repository, run_well};

/// Documents that tell people what to type.
const DOCUMENTS: [&str; 4] =
    ["README.md", "CONTRIBUTING.md", "docs/operations.md", "docs/performance.md"];

/// The commands of the program in a document: lines of code, and code within a sentence.
fn commands(document: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join(document)).expect("the document is there");
    let of_lines = text.lines().filter(|line| !line.contains('`'));
    let of_sentences = text.split('`').skip(1).step_by(2);
    let of_program = |line: &str| {
        let command = line.strip_prefix("target/release/").unwrap_or(line);
        let command = command.strip_prefix("haochaping ")?;
        Some(command.split('#').next().expect("a first part").trim().to_owned())
    };
    of_lines.chain(of_sentences).filter_map(of_program).collect()
}

/// Every command that a document names exists, with its flags.
#[test]
fn the_commands_of_the_documents_exist() {
    let mut seen = 0;
    for document in DOCUMENTS {
        for command in commands(document) {
            let arguments: Vec<_> = command.split_whitespace().collect();
            // A placeholder, such as the name of any service.
            if arguments[0].chars().all(char::is_uppercase) {
                continue;
            }
            let help = run_well(&[arguments[0], "--help"]);
            let help = match arguments.get(1) {
                Some(second) if help.contains("Commands:") && !second.starts_with('-') => {
                    run_well(&[arguments[0], second, "--help"])
                }
                _ => help,
            };
            for flag in arguments.iter().filter(|argument| argument.starts_with("--")) {
                assert!(help.contains(flag), "{flag} of {document}: {command}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen} commands were found");
}

/// Commands whose flags the page for operators names within a sentence.
const COMMANDS_OF_OPERATORS: [&[&str]; 14] = [
    &["up"],
    &["ingest"],
    &["loader"],
    &["counter"],
    &["auditor"],
    &["disclosure"],
    &["migrate"],
    &["rebuild"],
    &["ledger"],
    &["account", "add"],
    &["account", "list"],
    &["account", "rotate"],
    &["account", "revoke"],
    &["rule", "activate"],
];

/// Every flag that the page for operators names within a sentence is one of some command.
#[test]
fn the_flags_of_the_operations_page_exist() {
    let text = fs::read_to_string(repository().join("docs/operations.md")).expect("the page");
    let help = COMMANDS_OF_OPERATORS.map(|command| run_well(&[command, &["--help"]].concat()));
    let known: BTreeSet<&str> = help
        .iter()
        .flat_map(|help| help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-'))
        .filter(|word| word.starts_with("--"))
        .collect();
    // A flag may be followed by its value.
    let codes = text.split('`').skip(1).step_by(2);
    let flags: Vec<_> = codes
        .filter(|code| code.starts_with("--"))
        .filter_map(|code| code.split_whitespace().next())
        .collect();
    assert!(flags.len() >= 5, "{flags:?}");
    for flag in flags {
        assert!(known.contains(flag), "{flag}");
    }
}

/// The addresses that the page for operators names are the defaults of the services.
#[test]
fn the_ports_of_the_operations_page_are_the_defaults() {
    let text = fs::read_to_string(repository().join("docs/operations.md")).expect("the page");
    let mut seen = 0;
    for line in text.lines() {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [service, _, port, admin_port, _, _] = cells[..] else { continue };
        let Ok(admin_port) = admin_port.parse::<u16>() else { continue };
        let help = run_well(&[service.trim_matches('`'), "--help"]);
        assert!(help.contains(&format!("127.0.0.1:{admin_port}")), "{line}");
        if let Ok(port) = port.parse::<u16>() {
            assert!(help.contains(&format!("127.0.0.1:{port}")), "{line}");
        }
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn the_readme_begins_with_the_scripts_that_exist() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("there is a README");
    for script in ["deploy/up", "deploy/test"] {
        assert!(readme.contains(script) && repository().join(script).exists(), "{script}");
    }
}

/// The names of shared libraries in a text, such as `libz.so.1`.
fn libraries(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'));
    words.filter(|word| word.starts_with("lib") && word.contains(".so")).collect()
}

/// The image of a production service installs nothing: what the program links must be in its base. This
/// program has more in it than the one of the image, so it can only link more.
#[test]
fn the_image_names_every_library_that_the_program_links() {
    let image = fs::read_to_string(repository().join("deploy/Dockerfile")).expect("the file");
    let linked = Command::new("ldd").arg(program()).output().expect("ldd is part of the C library");
    assert!(linked.status.success(), "{linked:?}");
    let linked = String::from_utf8(linked.stdout).expect("UTF-8");
    let linked = libraries(&linked);
    assert!(linked.contains("libc.so.6"), "{linked:?}");
    let unnamed: Vec<_> = linked.difference(&libraries(&image)).copied().collect();
    assert!(unnamed.is_empty(), "deploy/Dockerfile does not name {unnamed:?}");
}
