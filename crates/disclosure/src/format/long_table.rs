//! What is said of a table that is sent while it is read, beside its lines.

use domain::EpochSeconds;

use super::file_name as name;
use crate::address;
use crate::cache;
use crate::extension::Extension;
use crate::model::AboutRows;
use crate::resource::{ALL_ROWS, LongTable};

/// The name of its file. Its digest is of what the table rests on, since its bytes are not known before
/// they are sent.
pub(crate) fn file_name(table: &LongTable, about: &AboutRows) -> String {
    let AboutRows { edition, coverage, of_month, .. } = about;
    let part = name::part(&table.breakdown, ALL_ROWS, 0);
    let stem = name::of_month(*edition, &part, about.as_of());
    let through = coverage.through.map_or(0, EpochSeconds::get);
    let rests_on = [
        u64::from(edition.rule),
        u64::from(through),
        coverage.records,
        of_month.records,
        u64::from(table.bom),
    ];
    let digest = blake3::hash(rests_on.map(u64::to_be_bytes).as_flattened());
    cache::file_name(&stem, &digest.to_hex(), "csv")
}

/// The value of `Link`: where the columns are described.
pub(crate) fn links(table: &LongTable) -> String {
    let LongTable { province, month, breakdown, .. } = table;
    let address = address::of_rows(*province, *month, breakdown, Extension::Metadata);
    super::links::described_by(&address)
}
