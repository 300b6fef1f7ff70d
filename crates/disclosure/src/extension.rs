//! Extensions of addresses of the API: every data set is at an address of its own in each format, so that
//! programs that take an address take it for a file.

/// What the last part of an address of the API may end in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extension {
    Json,
    Csv,
    /// What describes the columns of the table beside which it lies.
    Metadata,
}

impl Extension {
    pub(crate) const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Metadata];

    /// What is written after the address of a resource.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Json => ".json",
            Self::Csv => ".csv",
            Self::Metadata => ".csv-metadata.json",
        }
    }

    /// Takes the extension off the last part of an address.
    pub(crate) fn split(part: &str) -> (&str, Option<Self>) {
        // What ends in the suffix of the metadata ends in `.json` too.
        let longest_first = [Self::Metadata, Self::Json, Self::Csv];
        let found = longest_first
            .into_iter()
            .find_map(|extension| Some((part.strip_suffix(extension.suffix())?, Some(extension))));
        found.unwrap_or((part, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_extension_is_taken_off() {
        assert_eq!(Extension::split("2023-07"), ("2023-07", None));
        assert_eq!(Extension::split("2023-07.csv"), ("2023-07", Some(Extension::Csv)));
        assert_eq!(Extension::split("2023-07.json"), ("2023-07", Some(Extension::Json)));
        let metadata = Some(Extension::Metadata);
        assert_eq!(Extension::split("2023-07.csv-metadata.json"), ("2023-07", metadata));
        assert_eq!(Extension::split("2023-07.xlsx"), ("2023-07.xlsx", None));
    }
}
