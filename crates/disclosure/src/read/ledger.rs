//! Reads the ledger of a month.

use domain::{Month, Province};

use super::{Of, unknown_month};
use crate::ledger::{self, Ledger};
use crate::model::LedgerOfMonth;
use crate::problem::Problem;
use crate::resource::{LedgerBreakdown, RowRange};
use crate::store::Reader;

pub(super) async fn of_month(
    reader: &Reader,
    province: Province,
    month: Month,
    breakdown: LedgerBreakdown,
    range: RowRange,
) -> Result<LedgerOfMonth, Problem> {
    let of = Of::month(reader, province, month).await?;
    let status = super::months::known(reader, of).await?.status;
    // The answer depends on the time too: an audit becomes too old although no table changes.
    let store = reader.depending_on_more();
    let known =
        ledger::read::read(store, of.rule, of.into(), &breakdown, range, reader.now()).await?;
    let ledger = Ledger::of(known).ok_or_else(unknown_month)?;
    Ok(LedgerOfMonth { edition: of.edition(status), breakdown, range, ledger })
}
