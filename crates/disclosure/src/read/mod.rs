//! Reads a resource: runs statements and builds a model. `figures` decides what a row means.

mod figures;
mod ledger;
mod months;
mod rows;

use ::figures::{Edition, Status};
use ::tables::active_rule;
use anyhow::Context;
use domain::{Month, Province, ProvinceMonth, ServedOn};

use crate::model::{Cities, FiguresOfMonth, Model, RowsOfMonth};
use crate::problem::{Kind, Problem};
use crate::resource::{Breakdown, Resource, RowRange};
use crate::store::{Fault, Reader};

/// Whom a model is read for. Pages show a little more than data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    Data,
    Page,
}

/// Whose figures are read, and by which rule. Everything in one answer is read by the same one.
#[derive(Clone, Copy, Debug)]
struct Of {
    rule: u16,
    province: Province,
    month: Month,
}

impl Of {
    async fn month(reader: &Reader, province: Province, month: Month) -> Result<Self, Fault> {
        Ok(Self { rule: active_rule(reader, province).await?, province, month })
    }

    fn edition(self, status: Status) -> Edition {
        let Self { rule, province, month } = self;
        Edition { province, month, status, rule }
    }
}

impl From<Of> for ProvinceMonth {
    fn from(of: Of) -> Self {
        Self { province: of.province, month: of.month }
    }
}

/// Everything that is needed to show a resource.
pub(crate) async fn read(
    reader: &Reader,
    resource: Resource,
    reading_for: For,
) -> Result<Model, Problem> {
    Ok(match resource {
        Resource::Provinces => Model::Provinces(months::of_all(reader).await?),
        Resource::Metrics => Model::Metrics,
        Resource::Months(province) => {
            let rule = active_rule(reader, province).await?;
            Model::Months(province, months::of_province(reader, rule, province).await?)
        }
        Resource::Figures(province, month) => {
            let of = Of::month(reader, province, month).await?;
            let cities = async {
                match reading_for {
                    For::Data => Ok(None),
                    For::Page => {
                        let read =
                            rows::page(reader, of, &Breakdown::Cities, RowRange::FIRST).await?;
                        Ok(Some(Cities { rows: read.rows.rows, coverage: read.coverage }))
                    }
                }
            };
            let (month, cities) = tokio::try_join!(figures::of_month(reader, of), cities)?;
            let edition = of.edition(month.status);
            let (figures, moments) = (month.figures, month.moments);
            Model::Figures(FiguresOfMonth { edition, figures, moments, cities })
        }
        Resource::Rows(province, month, breakdown, range) => {
            let of = Of::month(reader, province, month).await?;
            let whole = months::known(reader, of);
            let page =
                async { rows::page(reader, of, &breakdown, range).await.map_err(Problem::from) };
            let (whole, page) = tokio::try_join!(whole, page)?;
            let department = match (reading_for, &breakdown) {
                (For::Page, Breakdown::Items { department: Some(department), .. }) => {
                    rows::name_of_department(reader, province, department).await?
                }
                _ => None,
            };
            Model::Rows(RowsOfMonth {
                edition: of.edition(whole.status),
                breakdown,
                range,
                rows: page.rows,
                coverage: page.coverage,
                of_month: whole.coverage,
                department,
            })
        }
        Resource::Ledger(province, month, breakdown, range) => {
            Model::Ledger(ledger::of_month(reader, province, month, breakdown, range).await?)
        }
    })
}

/// The rule by which a province's figures are read.
async fn active_rule(reader: &Reader, province: Province) -> Result<u16, Fault> {
    let row = reader.select(active_rule::of(reader.client(), province)).await?.pop();
    row.map(|row| row.rule).context("no answer about the rule").map_err(Fault::Broken)
}

fn unknown_month() -> Problem {
    let detail = "There are no figures for this month. See the province's list of months.";
    Problem::new(Kind::UnknownMonth, detail)
}

fn month_of(days_since_epoch: u16) -> Result<Month, Fault> {
    let day = ServedOn::from_days_since_epoch(days_since_epoch).context("an unexpected month");
    day.map(ServedOn::month).map_err(Fault::Broken)
}
