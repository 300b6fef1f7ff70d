//! Reads a resource: runs statements and builds a model. `figures` decides what a row means.

mod figures;
mod ledger;
mod months;
mod rows;

use ::figures::{Coverage, Edition, Status};
use ::tables::active_rule;
use anyhow::Context;
use domain::{EpochSeconds, Month, Province, ProvinceMonth, ServedOn};

pub(crate) use self::rows::{about_rows, all_rows};
use crate::model::{Cities, FiguresOfMonth, Model, RowsOfMonth};
use crate::problem::{Kind, Problem};
use crate::resource::{Breakdown, Representation, Resource};
use crate::store::{Fault, Reader};

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

    /// The edition of figures of which some records may be simulated.
    fn edition(self, is_simulated: bool) -> Edition {
        let Self { rule, province, month } = self;
        Edition { province, month, status: Status::of_unpublished(is_simulated), rule }
    }
}

impl From<Of> for ProvinceMonth {
    fn from(of: Of) -> Self {
        Self { province: of.province, month: of.month }
    }
}

/// Everything that is needed to show a resource in a form. Pages show a little more than data.
pub(crate) async fn read(
    reader: &Reader,
    resource: Resource,
    form: Representation,
) -> Result<Model, Problem> {
    let is_page = matches!(form, Representation::Page(_));
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
                if !is_page {
                    return Ok(None);
                }
                Ok::<_, Problem>(Some(rows::cities(reader, of).await?))
            };
            let (month, cities) = tokio::try_join!(figures::of_month(reader, of), cities)?;
            let simulated_cities = cities
                .as_ref()
                .is_some_and(|(_, of)| of.iter().any(|counted| counted.is_simulated));
            let is_simulated = month.is_simulated || simulated_cities;
            let whole = month.moments.figures;
            Model::Figures(FiguresOfMonth {
                edition: of.edition(is_simulated),
                figures: month.figures,
                moments: month.moments,
                cities: cities.map(|(rows, [before, after])| {
                    let coverage = Coverage::between(before.coverage, after.coverage, whole);
                    Cities { rows, coverage }
                }),
            })
        }
        Resource::Rows(province, month, breakdown, extent) => {
            let of = Of::month(reader, province, month).await?;
            let range = extent.range(form);
            let (about, page) = rows::with_about(reader, of, &breakdown, range).await?;
            let department = match &breakdown {
                Breakdown::Items { department: Some(department), .. } if is_page => {
                    rows::name_of_department(reader, province, department).await?
                }
                _ => None,
            };
            Model::Rows(RowsOfMonth {
                edition: about.edition,
                breakdown,
                range,
                rows: page,
                coverage: about.coverage,
                of_month: about.of_month,
                department,
            })
        }
        Resource::Ledger(province, month, breakdown, extent) => {
            let of = Of::month(reader, province, month).await?;
            Model::Ledger(ledger::of_month(reader, of, breakdown, extent.range(form)).await?)
        }
    })
}

/// The rule by which a province's figures are read.
async fn active_rule(reader: &Reader, province: Province) -> Result<u16, Fault> {
    let row = reader.select(active_rule::of(reader.client(), province)).await?.pop();
    row.map(|row| row.rule).context("no answer about the rule").map_err(Fault::Broken)
}

/// What was counted, and whether any of it is simulated.
#[derive(Clone, Copy, Debug)]
struct Counted {
    coverage: Coverage,
    is_simulated: bool,
}

impl Counted {
    /// From how many records were counted, how many of these are simulated, and when Kafka took the
    /// latest.
    fn of(records: u64, simulated: u64, records_through: u32) -> Self {
        let coverage = Coverage { records, through: known_moment(records_through) };
        Self { coverage, is_simulated: simulated > 0 }
    }
}

/// The tables have 0 where the moment is not known.
fn known_moment(seconds: u32) -> Option<EpochSeconds> {
    (seconds > 0).then(|| EpochSeconds::new(seconds))
}

fn unknown_month() -> Problem {
    let detail = "There are no figures for this month. See the province's list of months.";
    Problem::new(Kind::UnknownMonth, detail)
}

fn month_of(days_since_epoch: u16) -> Result<Month, Fault> {
    let day = ServedOn::from_days_since_epoch(days_since_epoch).context("an unexpected month");
    day.map(ServedOn::month).map_err(Fault::Broken)
}
