//! The literals and the words of a Rust source, without its comments and without the tests that stand in
//! it.

use std::collections::BTreeSet;
use std::iter::Peekable;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// All texts between quotes of a source, as they are written. Documentation, attributes and what is
/// compiled for tests alone are left out.
pub(crate) fn texts(source: &str) -> Vec<String> {
    let tokens: TokenStream = source.parse().expect("Rust");
    let mut found = Vec::new();
    collect(tokens, &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if attribute(&mut tokens).is_some_and(|it| is_for_tests(&it)) {
                    skip_item(&mut tokens);
                }
            }
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => found.extend(text(&literal.to_string())),
            TokenTree::Punct(_) | TokenTree::Ident(_) => {}
        }
    }
}

/// The attribute whose `#` was just read, if it is one.
fn attribute(tokens: &mut Peekable<IntoIter>) -> Option<Group> {
    if matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!') {
        tokens.next();
    }
    match tokens.peek() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
            let group = group.clone();
            tokens.next();
            Some(group)
        }
        _ => None,
    }
}

fn is_for_tests(attribute: &Group) -> bool {
    let words = attribute.stream().to_string().replace(' ', "");
    words == "test" || words == "tokio::test" || words == "cfg(test)"
}

/// An item ends with its braces, or with a semicolon before it has any.
fn skip_item(tokens: &mut Peekable<IntoIter>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            _ => {}
        }
    }
}

/// The macros of these names that a source calls, and the texts between quotes in each call.
pub(crate) fn macros(source: &str, names: &[&str]) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    calls(source.parse().expect("Rust"), names, &mut found);
    found
}

fn calls(tokens: TokenStream, names: &[&str], found: &mut Vec<(String, Vec<String>)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let name = at.checked_sub(2).map(|before| tokens[before].to_string());
        let is_call = at > 0 && tokens[at - 1].to_string() == "!";
        if let Some(name) = name.filter(|name| is_call && names.contains(&&**name)) {
            let mut inside = Vec::new();
            collect(group.stream(), &mut inside);
            found.push((name, inside));
        }
        calls(group.stream(), names, found);
    }
}

/// What stands between the quotes of a literal; nothing for numbers and characters.
fn text(literal: &str) -> Option<String> {
    let (_, rest) = literal.split_once('"')?;
    let (inside, _) = rest.rsplit_once('"')?;
    Some(inside.to_owned())
}

/// All words and signs of a source in their order, those of attributes included. Comments and what is
/// compiled for tests alone are left out.
pub(crate) fn words(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    flatten(source.parse().expect("Rust"), &mut found);
    found
}

fn flatten(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => match attribute(&mut tokens) {
                Some(attribute) if is_for_tests(&attribute) => skip_item(&mut tokens),
                Some(attribute) => flatten(attribute.stream(), found),
                None => {}
            },
            TokenTree::Group(group) => {
                let (opened, closed) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                found.push(opened.to_owned());
                flatten(group.stream(), found);
                found.push(closed.to_owned());
            }
            token => found.push(token.to_string()),
        }
    }
}

/// The first segments of all paths that begin at the root of the crate: those after `crate`, and after as
/// many `super` as there are modules above the source. In the root itself, every path may begin there.
pub(crate) fn paths_from_root(words: &[String], modules_above: usize) -> BTreeSet<String> {
    let is_path = |at: usize| words.get(at..at + 2).is_some_and(|it| it == [":", ":"]);
    let mut found = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        if (at >= 2 && is_path(at - 2)) || !is_path(at + 1) {
            continue;
        }
        let supers = (0..).take_while(|n| {
            words.get(at + 3 * n).is_some_and(|it| it == "super") && is_path(at + 3 * n + 1)
        });
        match supers.count() {
            0 if word == "crate" => found.extend(first_segments(&words[at + 3..])),
            0 if modules_above == 0 => drop(found.insert(word.clone())),
            0 => {}
            supers if supers == modules_above => {
                found.extend(first_segments(&words[at + 3 * supers..]));
            }
            _ => {}
        }
    }
    found
}

/// The first segment of a path, or of each path between braces.
fn first_segments(words: &[String]) -> Vec<String> {
    if words.first().is_none_or(|word| word != "{") {
        return words.first().cloned().into_iter().collect();
    }
    let (mut found, mut depth) = (Vec::new(), 0);
    for (at, word) in words.iter().enumerate() {
        match &**word {
            "{" => depth += 1,
            "}" => depth -= 1,
            word if depth == 1 && matches!(&*words[at - 1], "{" | ",") => {
                found.push(word.to_owned());
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// Removes the `pub use` of a crate's root, and returns each name with the module that it comes from.
pub(crate) fn take_re_exports(words: &mut Vec<String>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    while let Some((from, to)) = re_export(words) {
        let mut path = words.drain(from..to).skip_while(|word| word != "use").skip(1);
        let mut path = path.by_ref().filter(|word| !matches!(&**word, "crate" | "self"));
        let mut path = path.by_ref().filter(|word| word.starts_with(char::is_alphabetic));
        let module = path.next().expect("a path");
        found.extend(path.map(|name| (name, module.clone())));
    }
    found
}

/// Where the first `pub use` begins and ends.
fn re_export(words: &[String]) -> Option<(usize, usize)> {
    let from = (0..words.len()).find(|at| {
        let after = match words.get(at + 1).map(String::as_str) {
            Some("(") => at + 4,
            _ => at + 1,
        };
        words[*at] == "pub" && words.get(after).is_some_and(|word| word == "use")
    })?;
    let length = words[from..].iter().position(|word| word == ";")?;
    Some((from, from + length + 1))
}

#[test]
fn literals_are_found_in_macros_and_neither_in_comments_nor_in_tests() {
    let source = r##"
        //! "a module's words"
        /// "an item's words"
        #[error("an attribute's words")]
        fn one() -> String { format!("one {}", r#"two"#) } // "three"
        const THREE: &[u8] = b"three";
        #[cfg(test)]
        use nothing::of_interest;
        #[cfg(test)]
        mod tests { const FOUR: &str = "four"; }
        const FIVE: char = '5';
        const SIX: &str = "six";
    "##;
    assert_eq!(texts(source), ["one {}", "two", "three", "six"]);
}

#[test]
fn a_macro_is_found_with_its_texts() {
    let source = r#"fn one() { metrics::counter!("a_total", "kind" => kind).increment(1); }"#;
    let found = macros(source, &["counter"]);
    assert_eq!(found, [("counter".to_owned(), vec!["a_total".to_owned(), "kind".to_owned()])]);
}

#[test]
fn a_path_is_found_with_crate_with_super_and_in_braces() {
    let source = r#"
        use crate::{one::{A, B}, two, three::C};
        use super::super::four::D; use super::beside::E;
        #[error("{}", crate::six::F)]
        fn five() { crate::five::f(std::mem::crate_like::g()) }
        #[cfg(test)] mod tests { use crate::nothing; }
    "#;
    let found = |modules_above| {
        paths_from_root(&words(source), modules_above).into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found(2), "five four one six three two");
    assert_eq!(found(1), "beside five one six three two");
}

#[test]
fn a_re_export_has_the_module_that_it_comes_from() {
    let mut words =
        words("mod one; pub use crate::one::{A, B}; pub(crate) use two::C; use one::D;");
    let found = take_re_exports(&mut words);
    let found: Vec<_> = found.iter().map(|(name, from)| format!("{name} of {from}")).collect();
    assert_eq!(found, ["A of one", "B of one", "C of two"]);
    assert_eq!(words.join(" "), "mod one ; use one : : D ;");
}
