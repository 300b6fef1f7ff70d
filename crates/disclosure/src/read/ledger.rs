//! Reads the ledger of a month.

use super::{Of, months, unknown_month};
use crate::ledger::{self, Ledger};
use crate::model::LedgerOfMonth;
use crate::problem::Problem;
use crate::resource::{LedgerBreakdown, RowRange};
use crate::store::Reader;

pub(super) async fn of_month(
    reader: &Reader,
    of: Of,
    breakdown: LedgerBreakdown,
    range: RowRange,
) -> Result<LedgerOfMonth, Problem> {
    // The answer depends on the time too: an audit becomes too old although no table changes.
    let store = reader.depending_on_more();
    let (whole, read) = tokio::try_join!(
        months::known(reader, of),
        ledger::read::read(store, of.rule, of.into(), &breakdown, range, reader.now()),
    )?;
    let is_simulated = whole.is_some_and(|whole| whole.is_simulated) || read.is_simulated;
    let (moments, known) = (read.moments, read.known);
    // Of a month in which only bad reviews of earlier months were received nothing is in its ledger:
    // they are in that of the month of their service.
    let ledger = if whole.is_some() { Some(Ledger::from(known)) } else { Ledger::of(known) };
    let ledger = ledger.ok_or_else(unknown_month)?;
    Ok(LedgerOfMonth { edition: of.edition(is_simulated), breakdown, range, moments, ledger })
}
