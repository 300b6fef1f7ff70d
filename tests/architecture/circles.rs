//! The direction of the arrows between the modules of a crate: none leads back to where it began.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::source::{paths_from_root, take_re_exports, words};
use crate::{files, read, root};

/// The name of a crate's own file among its modules.
const ROOT: &str = "(root)";

/// What each top-level module of a crate names of the others, and a file that names it.
type Arrows = BTreeMap<String, BTreeMap<String, String>>;

/// The sources of a crate by their paths in `src`, without tests.
fn sources(name: &str) -> Vec<(String, String)> {
    let folder = format!("crates/{name}/src");
    let paths = files(&folder, ".rs");
    let paths = paths.iter().map(|path| path[folder.len() + 1..].to_owned());
    let is_test =
        |path: &String| path.split('/').any(|it| it == "tests" || it.ends_with("tests.rs"));
    paths
        .filter(|path| !is_test(path))
        .map(|it| (it.clone(), read(&format!("{folder}/{it}"))))
        .collect()
}

/// The names of the modules above an item of a file.
fn modules_of(path: &str) -> Vec<&str> {
    let mut modules: Vec<_> = path.trim_end_matches(".rs").split('/').collect();
    if matches!(modules.last(), Some(&"mod" | &"lib" | &"main")) {
        modules.pop();
    }
    modules
}

fn arrows(sources: &[(String, String)]) -> Arrows {
    let known: BTreeSet<&str> =
        sources.iter().filter_map(|(path, _)| modules_of(path).first().copied()).collect();
    let mut re_exported = BTreeMap::new();
    let mut of_modules = Vec::new();
    for (path, source) in sources {
        let (modules, mut words) = (modules_of(path), words(source));
        if modules.is_empty() {
            re_exported.extend(take_re_exports(&mut words));
        }
        of_modules.push((path, modules, words));
    }
    let mut arrows = Arrows::new();
    for (path, modules, words) in of_modules {
        let from = *modules.first().unwrap_or(&ROOT);
        let named = paths_from_root(&words, modules.len());
        for name in named {
            // A function may have the name of a module: the path to it is through the module.
            let is_known = |name: &&String| known.contains(name.as_str());
            let to = Some(&name).filter(is_known);
            let to = to.or_else(|| re_exported.get(&name).filter(is_known));
            let to = to.map_or(ROOT, String::as_str);
            if from != to {
                let arrows = arrows.entry(from.to_owned()).or_default();
                arrows.entry(to.to_owned()).or_insert_with(|| path.clone());
            }
        }
    }
    arrows
}

/// All that can be reached from a module.
fn reached<'a>(arrows: &'a Arrows, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(module) = next.pop() {
        for to in arrows.get(module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.as_str()) {
                next.push(to);
            }
        }
    }
    reached
}

/// The arrows that are part of a circle.
fn circles(arrows: &Arrows) -> Vec<String> {
    let mut found = Vec::new();
    for (from, to) in arrows {
        for (to, path) in to {
            if reached(arrows, to).contains(from.as_str()) {
                found.push(format!("{from} knows {to} ({path})"));
            }
        }
    }
    found
}

#[test]
fn no_two_modules_of_a_crate_know_each_other_even_by_a_detour() {
    let mut found = Vec::new();
    let mut known = 0;
    for entry in fs::read_dir(root().join("crates")).expect("there are crates") {
        let name = entry.expect("a folder").file_name().into_string().expect("UTF-8");
        let arrows = arrows(&sources(&name));
        known += arrows.values().map(BTreeMap::len).sum::<usize>();
        found.extend(circles(&arrows).into_iter().map(|it| format!("{name}: {it}")));
    }
    assert!(known > 200, "only {known} arrows were found");
    assert!(found.is_empty(), "put what both need into a module of its own:\n{}", found.join("\n"));
}

#[test]
fn a_circle_is_found_by_a_detour_a_re_export_and_a_path_upwards() {
    let of = |sources: &[(&str, &str)]| -> Vec<String> {
        let sources: Vec<_> =
            sources.iter().map(|(path, it)| ((*path).to_owned(), (*it).to_owned())).collect();
        circles(&arrows(&sources))
    };
    let root = ("lib.rs", "mod a; pub mod b; mod c; pub use crate::c::{Thing, a};");
    let a = ("a/mod.rs", "use crate::{b::{self, One}};");
    let b = ("b.rs", "fn two() -> crate::Thing { todo!() }");
    let c = ("c.rs", "struct Thing; #[cfg(test)] mod tests { use crate::a::Three; }");
    assert_eq!(of(&[root, a, b, c]), [""; 0]);
    let upwards = ("c/deep.rs", "use super::super::a::Four;");
    let circle = ["a knows b (a/mod.rs)", "b knows c (b.rs)", "c knows a (c/deep.rs)"];
    assert_eq!(of(&[root, a, b, c, upwards]), circle);
    let item_of_root = ("lib.rs", "mod a; pub mod b; pub struct Thing; fn run() { a::start() }");
    let circle = ["(root) knows a (lib.rs)", "a knows b (a/mod.rs)", "b knows (root) (b.rs)"];
    assert_eq!(of(&[item_of_root, a, b]), circle);
}
