//! Where a published month comes from: a file, or the program itself.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;

use crate::published::Published;

/// The built-in months, by name.
const BUILT_IN: [(&str, &str); 2] = [
    ("guangdong-2023-07", include_str!("../months/guangdong-2023-07.json")),
    (
        "guangdong-2020-01-illustration",
        include_str!("../months/guangdong-2020-01-illustration.json"),
    ),
];

/// A published month that is not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MonthFile {
    /// A built-in month.
    BuiltIn {
        /// Its name.
        name: &'static str,
        /// Its contents, as in a file.
        json: &'static str,
    },
    /// A file.
    Path(PathBuf),
}

impl MonthFile {
    /// Guangdong's July 2023, whose figures were published.
    pub fn guangdong() -> Self {
        let [(name, json), _] = BUILT_IN;
        Self::BuiltIn { name, json }
    }

    /// Reads the month and warns of fields that the format does not have.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is not a published month.
    pub fn read(&self) -> anyhow::Result<Published> {
        let describe = || format!("failed to read the month {self}");
        let (published, unknown) = match self {
            Self::BuiltIn { json, .. } => Published::parse(json.as_bytes()),
            Self::Path(path) => Published::parse(&std::fs::read(path).with_context(describe)?),
        }
        .with_context(describe)?;
        for field in unknown {
            tracing::warn!(field, "ignoring an unknown field of the published month");
        }
        Ok(published)
    }
}

impl FromStr for MonthFile {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let built_in = BUILT_IN.into_iter().find(|(name, _)| *name == text);
        Ok(built_in
            .map_or_else(|| Self::Path(text.into()), |(name, json)| Self::BuiltIn { name, json }))
    }
}

impl fmt::Display for MonthFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn { name, .. } => f.write_str(name),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_found_by_name_or_by_path() {
        let read = |text: &str| text.parse::<MonthFile>().expect("infallible").read();
        for (name, _) in BUILT_IN {
            assert_eq!(name.parse::<MonthFile>().expect("infallible").to_string(), name);
            let path = format!("{}/months/{name}.json", env!("CARGO_MANIFEST_DIR"));
            assert_eq!(read(name).expect("a month"), read(&path).expect("a month"));
        }
        let error = read("no-such-month.json").expect_err("no file");
        assert_eq!(error.to_string(), "failed to read the month no-such-month.json");
    }
}
