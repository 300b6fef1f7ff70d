//! What must hold between sources, manifests and documents: the direction in which crates and
//! their modules depend on each other, the one room of SQL, and the references that are written for
//! people.
//!
//! Everything is read from the checkout as text. Nothing here links a crate of the project, so a rule
//! can be checked even where the crates do not compile.
#![allow(missing_docs, unreachable_pub)]

mod arrows;
mod circles;
mod decisions;
mod documents;
mod image;
mod metrics;
mod source;
mod sql;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the checkout, by its path from the root.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a folder whose names end so, by their paths from the root, in order.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap_or_else(|it| panic!("{folder}: {it}")) {
        let entry = entry.expect("an entry");
        let path = format!("{folder}/{}", entry.file_name().to_str().expect("UTF-8"));
        if entry.file_type().expect("its kind is known").is_dir() {
            found.extend(files(&path, ending));
        } else if path.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}
