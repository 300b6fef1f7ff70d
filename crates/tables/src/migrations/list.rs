//! Every migration, in order, and which versions can run beside it.

/// A change of the schema. One that was released is never edited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Migration {
    /// Its number of four digits and what it is about.
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
    /// The oldest version that can run on a schema with it, named by the number of the last migration
    /// that this version knows. A migration that only adds keeps every version that could run before
    /// it. One that drops or renames names the first version that no longer needs what is gone.
    pub(super) fits_from: u16,
}

macro_rules! migrations {
    ($($name:literal fits from $fits_from:literal;)*) => {
        &[$(Migration {
            name: $name,
            sql: include_str!(concat!("../../../../schemas/clickhouse/", $name, ".sql")),
            fits_from: $fits_from,
        }),*]
    };
}

/// Every migration, in order. Versions that end before 14 refuse whatever they do not know, so the
/// first twelve need not say more than that.
pub(super) const MIGRATIONS: &[Migration] = migrations! {
    "0001_topics" fits from 1;
    "0002_records" fits from 2;
    "0003_counts" fits from 3;
    "0004_names" fits from 4;
    "0005_database_id" fits from 5;
    "0006_class_counts" fits from 6;
    "0007_quarantine" fits from 7;
    "0008_audits" fits from 8;
    "0009_loading_rule" fits from 9;
    "0010_item_counts" fits from 10;
    "0011_records" fits from 11;
    "0012_merges" fits from 12;
    "0013_audits" fits from 12;
    "0014_cases_by_group" fits from 12;
    "0015_active_rules" fits from 12;
    "0016_coverage" fits from 12;
};

/// The number of a migration; nothing if its name has none.
pub(super) fn number(name: &str) -> Option<u16> {
    name.split_once('_')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statements of the version before, with the name of its last migration at the beginning.
    const PREVIOUS: &str = include_str!("../../../../schemas/clickhouse/previous/statements.sql");

    fn last_of_previous() -> u16 {
        let name = PREVIOUS.lines().next().and_then(|line| line.strip_prefix("-- "));
        number(name.expect("a first line")).expect("the name of a migration")
    }

    #[test]
    fn migrations_are_numbered_in_order_without_a_gap() {
        for (migration, expected) in MIGRATIONS.iter().zip(1..) {
            assert_eq!(number(migration.name), Some(expected), "{}", migration.name);
            assert!((1..=expected).contains(&migration.fits_from), "{}", migration.name);
        }
    }

    /// Expand first. What this version no longer needs is dropped by the version after it.
    #[test]
    fn the_version_before_can_run_on_the_schema_of_this_one() {
        let previous = last_of_previous();
        for migration in MIGRATIONS {
            let is_later = number(migration.name) > Some(previous);
            assert!(!is_later || migration.fits_from <= previous, "{}", migration.name);
        }
    }
}
