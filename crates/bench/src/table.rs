//! Shows rows as a table, on a terminal and as Markdown.

use indicatif::HumanFloatCount;

use crate::report::{Aim, Line, Outcome, Report, Row, Samples};

/// What stands above the columns.
const HEAD: [&str; 6] = ["what", "ours", "reference", "ratio", "aim", "reached"];

/// A table for a terminal, with what is to be known about it below.
pub fn terminal(rows: &[Row]) -> String {
    let mut lines = vec![HEAD.map(ToOwned::to_owned)];
    let mut notes = Vec::new();
    for row in rows {
        lines.extend(cells(row));
        notes.extend(notes_of(row));
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: [_; 6] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let text = lines.iter().map(|line| {
        let cells = line.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            let padding = " ".repeat(width - cell.chars().count());
            // Words begin at the left, numbers end at the right.
            let is_number = (1..=3).contains(&column);
            if is_number { [&*padding, cell].concat() } else { [cell, &*padding].concat() }
        });
        let cells: Vec<_> = cells.collect();
        cells.join("  ").trim_end().to_owned()
    });
    let text: Vec<_> = text.chain([String::new()]).chain(notes).collect();
    text.join("\n") + "\n"
}

/// The whole report as Markdown, with date and machine.
pub fn markdown(report: &Report) -> String {
    let machine = &report.machine;
    let date = report.began_at.get(..10).unwrap_or(&report.began_at);
    let form = if report.is_full { "whole" } else { "in the short form" };
    let head = [
        format!(
            "Measured by `haochaping bench all` on {date}, {form}, everything on one machine of {} cores, \
             {} GB ({}). Medians of the rounds, with the range behind them.",
            machine.cores, machine.memory_gb, machine.cpu
        ),
        String::new(),
        format!("| {} |", HEAD.join(" | ")),
        format!("|{}", "---|".repeat(HEAD.len())),
    ];
    let lines = report.rows.iter().flat_map(cells).map(|line| format!("| {} |", line.join(" | ")));
    let notes = report.rows.iter().flat_map(notes_of).map(|note| format!("- {note}"));
    let text: Vec<_> = head.into_iter().chain(lines).chain([String::new()]).chain(notes).collect();
    text.join("\n") + "\n"
}

fn cells(row: &Row) -> Vec<[String; 6]> {
    match &row.outcome {
        Outcome::Measured(measured) => {
            let name = |line: &Line| format!("{}: {}", row.name, line.what);
            measured.lines.iter().map(|line| of_line(name(line), line)).collect()
        }
        Outcome::NotRun(_) => {
            let nothing = || "–".to_owned();
            let name = format!("{}: not run", row.name);
            vec![[name, nothing(), nothing(), nothing(), nothing(), nothing()]]
        }
    }
}

fn notes_of(row: &Row) -> Vec<String> {
    match &row.outcome {
        Outcome::Measured(measured) => {
            let reference =
                measured.reference.map(|reference| format!("the reference is {reference}"));
            let notes = reference.into_iter().chain(measured.notes.iter().cloned());
            notes.map(|note| format!("{}: {note}", row.name)).collect()
        }
        Outcome::NotRun(why) => vec![format!("{}: not run: {}", row.name, one_line(why))],
    }
}

/// Errors can be long; a table's note is a line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_line(name: String, line: &Line) -> [String; 6] {
    let nothing = || "–".to_owned();
    let aim = line.aim.map(|aim| {
        let times =
            if line.reference.is_some() { " ×".to_owned() } else { format!(" {}", line.unit) };
        match aim {
            Aim::AtLeast(least) => format!("≥ {}{times}", number(least)),
            Aim::AtMost(most) => format!("≤ {}{times}", number(most)),
        }
    });
    let reached = line.is_reached().map(|is_reached| if is_reached { "yes" } else { "no" });
    [
        name,
        side(&line.ours, line.unit),
        line.reference.as_ref().map_or_else(nothing, |reference| side(reference, line.unit)),
        line.ratio().map_or_else(nothing, |ratio| format!("{ratio:.2}")),
        aim.unwrap_or_else(nothing),
        reached.map_or_else(nothing, ToOwned::to_owned),
    ]
}

fn side(samples: &Samples, unit: &str) -> String {
    let median = number(samples.median());
    if samples.rounds() == 1 {
        return format!("{median} {unit}");
    }
    let (least, greatest) = samples.range();
    format!("{median} {unit} ({}–{})", number(least), number(greatest))
}

/// A number as people read it: three digits that mean something, and commas.
fn number(number: f64) -> String {
    let size = number.abs();
    let decimals = match size {
        _ if size >= 100.0 => 0,
        _ if size >= 10.0 => 1,
        _ if size >= 0.1 => 2,
        _ => 4,
    };
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{:.decimals$}", HumanFloatCount(size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::report::Measured;

    fn rows() -> Vec<Row> {
        let line = Line::new("rows", "rows/s", vec![250_000.0, 260_000.0, 240_000.0]);
        let line = line.beside(vec![100_000.0, 104_000.0, 120_000.0]).aim(Aim::AtLeast(3.0));
        let measured = Measured {
            reference: Some("another loader"),
            lines: vec![line, Line::new("p99", "ms", vec![0.25])],
            notes: vec!["of a small month".to_owned()],
            ..Measured::default()
        };
        let row = |name: &str, outcome| Row { name: name.to_owned(), seconds: 1.0, outcome };
        vec![
            row("load", Outcome::Measured(measured)),
            row("month", Outcome::NotRun("nginx is\nmissing".to_owned())),
        ]
    }

    #[test]
    fn numbers_are_written_for_people() {
        let numbers = [0.0, 0.013, 0.25, 3.0, 47.25, 1_234_567.8, -4_321.0].map(number);
        assert_eq!(numbers, ["0", "0.013", "0.25", "3", "47.2", "1,234,568", "-4,321"]);
    }

    #[test]
    fn a_terminal_shows_both_sides_the_ratio_and_whether_the_aim_is_reached() {
        let text = terminal(&rows());
        let expected = "250,000 rows/s (240,000–260,000)  104,000 rows/s (100,000–120,000)   2.50  \
                        ≥ 3 ×  no\n";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("load: p99"), "{text}");
        assert!(text.contains("load: of a small month"), "{text}");
        assert!(text.ends_with("month: not run: nginx is missing\n"), "{text}");
    }

    #[test]
    fn markdown_names_date_and_machine_and_has_a_row_for_each_line() {
        let machine = Machine { cores: 2, memory_gb: 24, cpu: "a processor".to_owned() };
        let report = Report {
            began_at: "2026-01-02T03:04:05Z".to_owned(),
            machine,
            is_full: false,
            rows: rows(),
        };
        let text = markdown(&report);
        assert!(text.contains("on 2026-01-02, in the short form"), "{text}");
        assert!(text.contains("2 cores, 24 GB (a processor)"), "{text}");
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(lines.len(), 2 + 3);
        assert!(lines.iter().all(|line| line.matches('|').count() == 7), "{lines:#?}");
        assert_eq!(lines[3], "| load: p99 | 0.25 ms | – | – | – | – |");
        assert!(text.contains("- load: the reference is another loader\n"), "{text}");
    }
}
