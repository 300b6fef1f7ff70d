//! Decides whether this version can run on a schema, from the migrations that were applied. No IO.

use daemon::BadEnvironment;

use super::list::{MIGRATIONS, Migration, number};

/// A migration that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Applied {
    pub(super) name: String,
    pub(super) hash: String,
    /// [`Migration::fits_from`] of the version that has applied it; 0 if that did not say.
    pub(super) fits_from: u16,
}

/// How a schema relates to this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// These migrations of this version are missing, in order; none if the schema is its own.
    Missing(Vec<&'static str>),
    /// A later version has migrated it, lastly by this, and has kept what this version needs.
    Later(String),
}

/// Whether the version that knows `known` can run on a schema with `applied`.
///
/// # Errors
///
/// If a later version has taken away what this one needs, or did not say that it has not.
pub(super) fn fit(known: &[Migration], applied: &[Applied]) -> Result<Fit, BadEnvironment> {
    let last_known = known.last().and_then(|migration| number(migration.name));
    let last_known = last_known.expect("every migration has a number");
    let is_known = |name: &str| known.iter().any(|migration| migration.name == name);
    let later: Vec<_> = applied.iter().filter(|applied| !is_known(&applied.name)).collect();
    if let Some(newer) = later.iter().find(|it| !(1..=last_known).contains(&it.fits_from)) {
        return Err(BadEnvironment(format!(
            "the database was migrated by a newer version ({}); use that version, or another database",
            newer.name
        )));
    }
    let is_applied = |name: &str| applied.iter().any(|applied| applied.name == name);
    let names = known.iter().map(|migration| migration.name);
    let missing: Vec<_> = names.filter(|name| !is_applied(name)).collect();
    Ok(match later.iter().map(|applied| &applied.name).max() {
        Some(name) if missing.is_empty() => Fit::Later(name.clone()),
        Some(name) => {
            return Err(BadEnvironment(format!(
                "a newer version is migrating the database ({name}), or has failed to; \
                 let it finish"
            )));
        }
        None => Fit::Missing(missing),
    })
}

/// [`fit`] of this version.
///
/// # Errors
///
/// As [`fit`].
pub(super) fn of_this_version(applied: &[Applied]) -> Result<Fit, BadEnvironment> {
    fit(MIGRATIONS, applied)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(names: &[&'static str]) -> Vec<Migration> {
        names.iter().map(|name| Migration { name, sql: "", fits_from: 1 }).collect()
    }

    fn applied(names: &[(&str, u16)]) -> Vec<Applied> {
        let applied = |(name, fits_from): &(&str, u16)| Applied {
            name: (*name).to_owned(),
            hash: String::new(),
            fits_from: *fits_from,
        };
        names.iter().map(applied).collect()
    }

    #[test]
    fn a_schema_of_this_version_lacks_nothing_and_an_older_one_lacks_what_came_since() {
        let known = known(&["0001_a", "0002_b"]);
        let own = applied(&[("0001_a", 1), ("0002_b", 1)]);
        assert_eq!(fit(&known, &own).expect("fits"), Fit::Missing(vec![]));
        let older = applied(&[("0001_a", 0)]);
        assert_eq!(fit(&known, &older).expect("fits"), Fit::Missing(vec!["0002_b"]));
    }

    #[test]
    fn a_later_schema_fits_as_long_as_every_later_migration_says_so() {
        let known = known(&["0001_a", "0002_b"]);
        let own = [("0001_a", 1), ("0002_b", 1)];
        let fit_with = |later: &[(&str, u16)]| fit(&known, &applied(&[&own, later].concat()));
        assert_eq!(
            fit_with(&[("0003_c", 2), ("0004_d", 1)]).expect("fits"),
            Fit::Later("0004_d".to_owned())
        );
        let refused = fit_with(&[("0003_c", 3)]).expect_err("it drops what this version reads");
        assert!(refused.to_string().contains("newer version (0003_c)"), "{refused}");
        assert!(fit_with(&[("0003_c", 2), ("0004_d", 4)]).is_err());
        assert!(fit_with(&[("0003_c", 0)]).is_err(), "a version that did not say");
    }

    #[test]
    fn a_schema_that_a_later_version_is_migrating_is_not_migrated_by_this_one() {
        let known = known(&["0001_a", "0002_b"]);
        assert!(fit(&known, &applied(&[("0001_a", 1), ("0003_c", 1)])).is_err());
    }
}
