//! The literals of a Rust source, without its comments and without the tests that stand in it.

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
