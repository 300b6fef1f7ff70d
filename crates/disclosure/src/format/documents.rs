//! The JSON form of each resource, which schemas/openapi describes.

use ::figures::{Edition, Figures, Slice};
use domain::Province;
use serde::Serialize;

use super::json::{Record, document};
use crate::cache::Answer;
use crate::dataset::{Column, figures, metrics, months, provinces, rows};
use crate::model::{MonthOfProvince, Row, Rows};
use crate::name::{self, Name};
use crate::resource::Dimension;

/// A province in a body.
#[derive(Serialize)]
struct ProvinceBody {
    code: String,
    name: Name,
}

impl From<Province> for ProvinceBody {
    fn from(province: Province) -> Self {
        Self { code: province.to_string(), name: name::of_province(province) }
    }
}

/// What every document about a month begins with.
#[derive(Serialize)]
pub(super) struct EditionBody {
    province: ProvinceBody,
    month: String,
    status: &'static str,
    rule: u16,
}

impl From<Edition> for EditionBody {
    fn from(edition: Edition) -> Self {
        Self {
            province: edition.province.into(),
            month: edition.month.to_string(),
            status: edition.status.code(),
            rule: edition.rule,
        }
    }
}

#[derive(Serialize)]
struct ProvincesBody<'a> {
    provinces: Vec<ProvinceWithMonths<'a>>,
}

#[derive(Serialize)]
struct ProvinceWithMonths<'a> {
    #[serde(flatten)]
    province: Record<'a, Province>,
    months: Vec<Record<'a, MonthOfProvince>>,
}

pub(crate) fn of_provinces(known: &[(Province, MonthOfProvince)]) -> Answer {
    let columns = provinces::province_columns("code", |province: &Province| *province);
    let month_columns = months::month_columns(|month: &MonthOfProvince| month);
    let provinces = Province::all().map(|province| ProvinceWithMonths {
        province: Record { columns: &columns, line: province },
        months: (known.iter())
            .filter(|(of, _)| *of == province)
            .map(|(_, month)| Record { columns: &month_columns, line: *month })
            .collect(),
    });
    document(&ProvincesBody { provinces: provinces.collect() })
}

#[derive(Serialize)]
struct MetricsBody<'a> {
    metrics: Vec<Record<'a, metrics::Line>>,
}

pub(crate) fn of_metrics() -> Answer {
    let columns = metrics::columns();
    let metrics = metrics::lines().map(|line| Record { columns: &columns, line });
    document(&MetricsBody { metrics: metrics.collect() })
}

#[derive(Serialize)]
struct MonthsBody<'a> {
    province: ProvinceBody,
    months: Vec<Record<'a, MonthOfProvince>>,
}

pub(crate) fn of_months(province: Province, known: &[MonthOfProvince]) -> Answer {
    let columns = months::month_columns(|month: &MonthOfProvince| month);
    let months = known.iter().map(|month| Record { columns: &columns, line: *month });
    document(&MonthsBody { province: province.into(), months: months.collect() })
}

#[derive(Serialize)]
struct FiguresBody<'a> {
    #[serde(flatten)]
    edition: EditionBody,
    total: Record<'a, Slice>,
    channel_groups: Vec<GroupBody<'a>>,
    channels: Vec<ChannelBody<'a>>,
}

#[derive(Serialize)]
struct GroupBody<'a> {
    group: &'static str,
    name: Name,
    figures: Record<'a, Slice>,
}

#[derive(Serialize)]
struct ChannelBody<'a> {
    channel: &'static str,
    group: &'static str,
    name: Name,
    figures: Record<'a, Slice>,
}

pub(crate) fn of_figures(edition: Edition, of_month: &Figures) -> Answer {
    let columns: Vec<Column<Slice>> = figures::measures(|slice: &Slice| slice);
    let record = |slice: &Slice| Record { columns: &columns, line: *slice };
    let groups = of_month.groups.iter().map(|(group, slice)| GroupBody {
        group: group.into(),
        name: group.name().into(),
        figures: record(slice),
    });
    let channels = of_month.channels.iter().map(|(channel, slice)| ChannelBody {
        channel: channel.into(),
        group: of_month.grouping.group(*channel).into(),
        name: channel.name().into(),
        figures: record(slice),
    });
    document(&FiguresBody {
        edition: edition.into(),
        total: record(&of_month.total),
        channel_groups: groups.collect(),
        channels: channels.collect(),
    })
}

#[derive(Serialize)]
struct RowsBody<'a> {
    #[serde(flatten)]
    edition: EditionBody,
    dimension: Dimension,
    total_rows: u64,
    rows: Vec<Record<'a, Row>>,
}

pub(crate) fn of_rows(edition: Edition, dimension: Dimension, of_month: &Rows) -> Answer {
    let columns = rows::row_columns(|row: &Row| row, |row: &Row| &row.slice);
    let rows = of_month.rows.iter().map(|row| Record { columns: &columns, line: row.clone() });
    document(&RowsBody {
        edition: edition.into(),
        dimension,
        total_rows: of_month.total_rows,
        rows: rows.collect(),
    })
}
