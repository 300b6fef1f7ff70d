//! Reads the figures of a month.

use ::figures::{CasesOfMonth, Figures, ServedMonth, Status};
use ::tables::month_counts::{self, CasesRow};
use anyhow::Context;
use domain::ChannelGroup;

use super::{Of, month_of, unknown_month};
use crate::model::Moments;
use crate::problem::Problem;
use crate::store::{Fault, Reader};

/// What was read of a month.
#[derive(Debug)]
pub(super) struct Month {
    pub(super) status: Status,
    pub(super) figures: Figures,
    pub(super) moments: Moments,
}

pub(super) async fn of_month(reader: &Reader, of: Of) -> Result<Month, Problem> {
    let (client, Of { rule, province, month }) = (reader.client(), of);
    let (of_month, earlier, cases) = tokio::try_join!(
        reader.select(month_counts::served_month(client, rule, province, month)),
        reader.select(month_counts::late_bad_reviews(client, rule, province, month)),
        reader.select(month_counts::cases(client, rule, province, month)),
    )?;
    let of_month = of_month.into_iter().next().filter(|row| row.buckets > 0);
    let of_month = of_month.map(|row| ServedMonth {
        services: row.services,
        unreviewed: row.unreviewed,
        services_by_channel: row.services_by_channel,
        reviews: row.reviews,
        set_aside: row.set_aside,
    });
    let of_month = of_month.ok_or_else(unknown_month)?;
    let earlier = earlier.into_iter().map(|row| Ok((month_of(row.month)?, row.reviews)));
    let earlier = earlier.collect::<Result<Vec<_>, Fault>>()?;
    // Absent until they are counted for the first time.
    let cases = cases.into_iter().next().filter(|row| row.cells > 0);
    let cases = cases.map(cases_of_month).transpose().map_err(Fault::Broken)?;
    let figures = Figures::of(province, month, &of_month, &earlier, cases.as_ref());
    let figures = figures.map_err(|error| Fault::Broken(error.into()))?;
    Ok(Month { status: Status::Provisional, figures, moments: Moments::default() })
}

/// Cases by group are known if they are known of every cell.
fn cases_of_month(row: CasesRow) -> anyhow::Result<CasesOfMonth> {
    let group = |(code, count)| {
        let group = ChannelGroup::from_code(code);
        Ok((group.with_context(|| format!("the counts have an unknown group {code}"))?, count))
    };
    let by_group = row.cases_by_group.into_iter().map(group).collect::<anyhow::Result<_>>()?;
    Ok(CasesOfMonth {
        cases: row.cases,
        cases_by_channel: row.cases_by_channel,
        cases_by_group: (row.cells_without_groups == 0).then_some(by_group),
    })
}
