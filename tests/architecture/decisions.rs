//! Every decision has a status, a date and a line in the list.

use crate::{files, read};

/// What a decision can be.
const STATUSES: [&str; 3] = ["Accepted, ", "Proposed, ", "Superseded by "];

#[test]
fn every_decision_has_a_title_a_status_and_a_line_in_the_list() {
    let list = read("docs/adr/README.md");
    let decisions: Vec<_> =
        files("docs/adr", ".md").into_iter().filter(|path| !path.ends_with("README.md")).collect();
    for (path, number) in decisions.iter().zip(1..) {
        let text = read(path);
        let file = path.rsplit('/').next().expect("a name");
        let mut lines = text.lines();
        let title = lines.next().and_then(|line| line.strip_prefix(&format!("# {number:04} ")));
        let title = title.unwrap_or_else(|| panic!("{path} begins with its number and its title"));
        assert!(file.starts_with(&format!("{number:04}-")), "{path} is number {number}");
        let status = lines.nth(1).and_then(|line| line.strip_prefix("**Status.** "));
        let status = status.unwrap_or_else(|| panic!("{path} has a status below its title"));
        assert!(STATUSES.iter().any(|it| status.starts_with(it)), "{path}: {status}");
        let date = status.trim_end_matches('.').rsplit(' ').next().expect("a date");
        let is_date = date.len() == 10 && date.split('-').all(|part| part.parse::<u16>().is_ok());
        assert!(is_date, "{path}: {status}");
        let line = format!("| [{number:04}]({file}) | {title} |");
        assert!(list.contains(&line), "docs/adr/README.md lacks {line}");
    }
    assert_eq!(list.matches("](0").count(), decisions.len());
}
