//! Reads the figures of a month.

use ::figures::{CasesOfMonth, Figures, ServedMonth};
use ::tables::month_counts::{self, CasesRow};

use super::{Counted, Of, known_moment, month_of, unknown_month};
use crate::model::Moments;
use crate::problem::Problem;
use crate::store::{Fault, Reader};

/// What was read of a month.
#[derive(Debug)]
pub(super) struct Month {
    pub(super) is_simulated: bool,
    pub(super) figures: Figures,
    pub(super) moments: Moments,
}

/// The figures of a month of which something is known: its own services, or bad reviews that were
/// received in it.
pub(super) async fn of_month(reader: &Reader, of: Of) -> Result<Month, Problem> {
    let (client, Of { rule, province, month }) = (reader.client(), of);
    let (of_month, earlier, cases) = tokio::try_join!(
        reader.select(month_counts::served_month(client, rule, province, month)),
        reader.select(month_counts::late_bad_reviews(client, rule, province, month)),
        reader.select(month_counts::cases(client, rule, province, month)),
    )?;
    let of_month = of_month.into_iter().next();
    let has_late = earlier.iter().any(|row| !row.reviews.is_empty());
    let of_month = of_month.filter(|row| row.buckets > 0 || has_late);
    let of_month = of_month.ok_or_else(unknown_month)?;
    // Absent until they are counted for the first time.
    let cases = cases.into_iter().next().filter(|row| row.cells > 0);

    let counted = Counted::of(of_month.records, of_month.simulated, of_month.records_through);
    let is_simulated = counted.is_simulated
        || earlier.iter().any(|row| row.simulated > 0)
        || cases.as_ref().is_some_and(|row| row.simulated > 0);
    let moments = Moments {
        figures: counted.coverage,
        earlier_through: (earlier.iter())
            .filter(|row| !row.reviews.is_empty())
            .filter_map(|row| known_moment(row.records_through))
            .max(),
        cases_through: cases.as_ref().and_then(|row| known_moment(row.records_through)),
    };
    let of_month = ServedMonth {
        services: of_month.services,
        unreviewed: of_month.unreviewed,
        services_by_channel: of_month.services_by_channel,
        reviews: of_month.reviews,
        set_aside: of_month.set_aside,
    };
    let earlier = earlier.into_iter().map(|row| Ok((month_of(row.month)?, row.reviews)));
    let earlier = earlier.collect::<Result<Vec<_>, Fault>>()?;
    let cases = cases.map(cases_of_month);
    let figures = Figures::of(province, month, &of_month, &earlier, cases.as_ref());
    let figures = figures.map_err(|error| Fault::Broken(error.into()))?;
    Ok(Month { is_simulated, figures, moments })
}

/// Cases by set of channels are known if they are known of every cell.
fn cases_of_month(row: CasesRow) -> CasesOfMonth {
    CasesOfMonth {
        cases: row.cases,
        cases_by_channel: row.cases_by_channel,
        cases_by_channels: (row.cells_without_sets == 0).then_some(row.cases_by_channels),
    }
}
