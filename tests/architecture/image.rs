//! The image of a production service is built as `deploy/check` checks it, and runs as documents say. No
//! container engine runs here: the file is read as text.

use std::collections::{BTreeMap, BTreeSet};

use toml::Table;

use crate::{files, read};

/// The instructions of the image, each on one line, without comments.
fn instructions() -> Vec<String> {
    let text = read("deploy/Dockerfile");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let text = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// What follows a word in each instruction that begins with it.
fn each<'a>(instructions: &'a [String], word: &str) -> Vec<&'a str> {
    instructions.iter().filter_map(|it| it.strip_prefix(word)).map(str::trim).collect()
}

#[test]
fn the_image_is_built_by_the_command_that_is_checked() {
    let instructions = instructions();
    let [built] = each(&instructions, "RUN")[..] else { panic!("one command builds the image") };
    let built: Vec<String> = built.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(built[..2], ["cargo", "build"]);
    let script = read("deploy/check");
    let checked: Vec<BTreeSet<&str>> = script
        .lines()
        .filter_map(|line| line.strip_prefix("cargo clippy"))
        .map(|line| line.split(" -- ").next().expect("a first part").split_whitespace().collect())
        .collect();
    let flags: BTreeSet<&str> = built[2..].iter().map(String::as_str).collect();
    assert!(flags.contains("--no-default-features") && flags.contains("--locked"), "{flags:?}");
    assert!(
        checked.contains(&flags),
        "deploy/check checks {checked:?}, and the image is {flags:?}"
    );
}

#[test]
fn the_compiler_of_the_image_is_the_oldest_that_is_supported() {
    let manifest: Table = read("Cargo.toml").parse().expect("a manifest");
    let minimum = manifest["workspace"]["package"]["rust-version"].as_str().expect("a version");
    let instructions = instructions();
    let arguments: BTreeMap<_, _> =
        each(&instructions, "ARG").iter().filter_map(|it| it.split_once('=')).collect();
    let rust = arguments["RUST_IMAGE"].rsplit_once(':').expect("a tag").1;
    let (version, release) = rust.split_once('-').expect("a release of Debian");
    assert_eq!(version, minimum);
    assert!(arguments["RUNTIME_IMAGE"].ends_with(&format!("debian:{release}-slim")));
    assert_eq!(each(&instructions, "FROM"), ["${RUST_IMAGE} AS build", "${RUNTIME_IMAGE}"]);
}

/// A service that listens on its own loopback interface serves nobody outside its container.
#[test]
fn every_service_of_the_image_listens_on_its_port_for_others() {
    let mut expected = BTreeSet::new();
    for path in files("crates", "/config.rs") {
        let source = read(&path);
        for line in source.lines().filter(|line| line.contains("_LISTEN\"")) {
            let texts: Vec<_> = line.split('"').skip(1).step_by(2).collect();
            let [variable, address] = texts[..] else { panic!("{path}: {line}") };
            expected.insert(format!("{variable}={}", address.replace("127.0.0.1", "0.0.0.0")));
        }
    }
    let instructions = instructions();
    let set =
        each(&instructions, "ENV").iter().flat_map(|it| it.split_whitespace()).collect::<Vec<_>>();
    assert!(expected.len() > 5, "{expected:?}");
    assert_eq!(set.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn the_image_runs_the_binary_and_not_as_root() {
    let instructions = instructions();
    let after: Vec<_> = instructions.iter().rev().take(2).rev().map(String::as_str).collect();
    assert_eq!(after, ["USER 65532:65532", r#"ENTRYPOINT ["haochaping"]"#]);
}
