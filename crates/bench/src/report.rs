//! The measurements and their evaluation. Nothing here measures.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::machine::Machine;

/// The values of one side, one for each round. There is at least one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// From the values of the rounds, in their order.
    pub fn new(values: Vec<f64>) -> Self {
        assert!(!values.is_empty(), "a side is measured at least once");
        Self(values)
    }

    /// The value in the middle; of an even number of values the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        }
    }

    /// The least and the greatest value.
    pub fn range(&self) -> (f64, f64) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        (least, self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// How many rounds there were.
    pub fn rounds(&self) -> usize {
        self.0.len()
    }
}

/// What a line is to reach: its ratio to the reference, or its value where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Aim {
    /// Whether a ratio or value reaches it.
    pub fn is_reached_by(self, number: f64) -> bool {
        match self {
            Self::AtLeast(least) => number >= least,
            Self::AtMost(most) => number <= most,
        }
    }

    fn number(self) -> f64 {
        let (Self::AtLeast(number) | Self::AtMost(number)) = self;
        number
    }
}

/// Something that was measured of ours and, where it has one, of its reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is, in a few words.
    pub what: String,
    /// The unit of both sides, such as `rows/s`.
    pub unit: &'static str,
    /// Ours.
    pub ours: Samples,
    /// The reference's, round by round beside ours.
    pub reference: Option<Samples>,
    /// What is to be reached; nothing if the line only tells.
    pub aim: Option<Aim>,
}

impl Line {
    /// A line without reference and aim.
    pub fn new(what: impl Into<String>, unit: &'static str, ours: Vec<f64>) -> Self {
        Self { what: what.into(), unit, ours: Samples::new(ours), reference: None, aim: None }
    }

    /// With what the reference did in the same rounds.
    #[must_use]
    pub fn beside(self, reference: Vec<f64>) -> Self {
        Self { reference: Some(Samples::new(reference)), ..self }
    }

    /// With an aim.
    #[must_use]
    pub fn aim(self, aim: Aim) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// Ours divided by the reference's: the median over the rounds, since what disturbs the machine
    /// disturbs both sides of one round. Without a reference, ours divided by the aim.
    pub fn ratio(&self) -> Option<f64> {
        let ours = self.ours.median();
        match (&self.reference, self.aim) {
            (Some(reference), _) if reference.rounds() == self.ours.rounds() => {
                let pairs = self.ours.0.iter().zip(&reference.0);
                Some(
                    Samples::new(pairs.map(|(ours, reference)| ours / reference).collect())
                        .median(),
                )
            }
            (Some(reference), _) => Some(ours / reference.median()),
            (None, Some(aim)) => Some(ours / aim.number()),
            (None, None) => None,
        }
    }

    /// Whether the aim is reached, if there is one.
    pub fn is_reached(&self) -> Option<bool> {
        let aim = self.aim?;
        let number = if self.reference.is_some() { self.ratio()? } else { self.ours.median() };
        Some(aim.is_reached_by(number))
    }
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let side = |samples: &Samples| {
            let (least, greatest) = samples.range();
            serde_json::json!({
                "median": samples.median(), "least": least, "greatest": greatest,
                "rounds": samples,
            })
        };
        let aim = self.aim.map(|aim| match aim {
            Aim::AtLeast(number) => serde_json::json!({ "at_least": number }),
            Aim::AtMost(number) => serde_json::json!({ "at_most": number }),
        });
        serde_json::json!({
            "what": self.what, "unit": self.unit, "ours": side(&self.ours),
            "reference": self.reference.as_ref().map(side), "ratio": self.ratio(), "aim": aim,
            "is_reached": self.is_reached(),
        })
        .serialize(serializer)
    }
}

/// What a row has measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// What the reference is, if there is one.
    pub reference: Option<&'static str>,
    /// The first is what the row is about.
    pub lines: Vec<Line>,
    /// What a reader of the lines has to know: sizes, what is left out on which side.
    pub notes: Vec<String>,
    /// More for a machine to read.
    pub details: Map<String, Value>,
}

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was measured.
    Measured(Measured),
    /// It could not be, and why.
    NotRun(String),
}

/// A row by its name, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The name on the command line.
    pub name: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// What came of it.
    pub outcome: Outcome,
}

impl Row {
    /// The ratio of the first line that has one.
    pub fn ratio(&self) -> Option<f64> {
        match &self.outcome {
            Outcome::Measured(measured) => measured.lines.iter().find_map(Line::ratio),
            Outcome::NotRun(_) => None,
        }
    }
}

/// All rows of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// When it began: RFC 3339, in UTC.
    pub began_at: String,
    /// Where.
    pub machine: Machine,
    /// Whether rows ran whole, or in their shorter form.
    pub is_full: bool,
    /// In the order in which they ran.
    pub rows: Vec<Row>,
}

impl Report {
    /// Whether every row was measured.
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| matches!(row.outcome, Outcome::Measured(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_lies_in_the_middle_of_an_odd_and_of_an_even_number_of_rounds() {
        let median = |values: &[f64]| Samples::new(values.to_vec()).median();
        assert!((median(&[9.0, 1.0, 4.0]) - 4.0).abs() < 1e-9);
        assert!((median(&[9.0, 1.0, 4.0, 5.0]) - 4.5).abs() < 1e-9);
        let (least, greatest) = Samples::new(vec![3.0, -2.0, 7.0]).range();
        assert!(least < -1.9 && greatest > 6.9);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round_so_that_a_slow_round_is_slow_for_both() {
        // The medians alone would say 20 / 30.
        let line = Line::new("rows", "rows/s", vec![10.0, 20.0, 100.0]);
        let line = line.beside(vec![5.0, 30.0, 50.0]);
        assert!((line.ratio().expect("a reference") - 2.0).abs() < 1e-9);
    }

    #[test]
    fn an_aim_is_of_the_ratio_where_there_is_a_reference_and_of_the_value_otherwise() {
        let line = Line::new("rows", "rows/s", vec![30.0]).aim(Aim::AtLeast(3.0));
        assert_eq!(line.clone().beside(vec![10.0]).is_reached(), Some(true));
        assert_eq!(line.clone().beside(vec![10.1]).is_reached(), Some(false));
        let line = Line::new("p99", "ms", vec![12.0]).aim(Aim::AtMost(10.0));
        assert_eq!(line.is_reached(), Some(false));
        assert!((line.ratio().expect("an aim") - 1.2).abs() < 1e-9);
        assert_eq!(
            Line::new("p99", "ms", vec![9.0]).aim(Aim::AtMost(10.0)).is_reached(),
            Some(true)
        );
    }

    #[test]
    fn a_line_that_only_tells_has_no_ratio() {
        let line = Line::new("p50", "ms", vec![1.0]);
        assert_eq!((line.ratio(), line.is_reached()), (None, None));
    }

    #[test]
    fn json_has_both_sides_with_all_rounds() {
        let line = Line::new("rows", "rows/s", vec![4.0, 6.0]).beside(vec![2.0, 2.0]);
        let json = serde_json::to_value(line.aim(Aim::AtLeast(3.0))).expect("JSON");
        assert_eq!(json["ours"]["rounds"], serde_json::json!([4.0, 6.0]));
        assert_eq!(json["reference"]["median"], 2.0);
        assert_eq!(json["ratio"], 2.5);
        assert_eq!(json["is_reached"], false);
        assert_eq!(json["aim"]["at_least"], 3.0);
    }
}
