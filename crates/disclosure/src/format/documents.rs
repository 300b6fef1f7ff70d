//! The JSON form of each resource, which schemas/openapi describes.

use ::figures::{Agreement, Edition, Slice};
use domain::{Grouping, Province};
use serde::Serialize;

use super::json::{Record, document};
use crate::cache::Answer;
use crate::dataset::dictionary::DataSet;
use crate::dataset::{Column, dictionary, measures, metrics, months, provinces, rows};
use crate::model::{AboutRows, FiguresOfMonth, MonthOfProvince, Row, RowsOfMonth};
use crate::moment;
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
struct IndexBody<'a> {
    data_sets: Vec<Record<'a, DataSet>>,
}

pub(crate) fn of_index() -> Answer {
    let columns = dictionary::columns();
    let sets = dictionary::data_sets().into_iter();
    let data_sets = sets.map(|line| Record { columns: &columns, line }).collect();
    document(&IndexBody { data_sets })
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
    as_of: Option<String>,
    records_through: FiguresThrough,
    records: u64,
    total: Record<'a, Slice>,
    grouping: GroupingBody,
    channel_groups: Vec<GroupBody<'a>>,
    channels: Vec<ChannelBody<'a>>,
}

#[derive(Serialize)]
struct FiguresThrough {
    figures: Option<String>,
    earlier: Option<String>,
    cases: Option<String>,
}

/// How the province groups its channels.
#[derive(Serialize)]
struct GroupingBody {
    since: Option<String>,
    source: Name,
}

impl From<&Grouping> for GroupingBody {
    fn from(grouping: &Grouping) -> Self {
        let since = grouping.since().map(|since| since.to_string());
        Self { since, source: grouping.source().into() }
    }
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

pub(crate) fn of_figures(of: &FiguresOfMonth) -> Answer {
    let FiguresOfMonth { edition, figures, moments, .. } = of;
    let columns: Vec<Column<Slice>> = measures::of_month(|slice: &Slice| slice);
    let record = |slice: &Slice| Record { columns: &columns, line: *slice };
    let groups = figures.groups.iter().map(|(group, slice)| GroupBody {
        group: group.into(),
        name: group.name().into(),
        figures: record(slice),
    });
    let channels = figures.channels.iter().map(|(channel, slice)| ChannelBody {
        channel: channel.into(),
        group: figures.grouping.group(*channel).into(),
        name: channel.name().into(),
        figures: record(slice),
    });
    document(&FiguresBody {
        edition: (*edition).into(),
        as_of: moments.as_of().map(moment::rfc3339),
        records_through: FiguresThrough {
            figures: moments.figures.through.map(moment::rfc3339),
            earlier: moments.earlier_through.map(moment::rfc3339),
            cases: moments.cases_through.map(moment::rfc3339),
        },
        records: moments.figures.records,
        total: record(&figures.total),
        grouping: figures.grouping.into(),
        channel_groups: groups.collect(),
        channels: channels.collect(),
    })
}

#[derive(Serialize)]
struct RowsBody<'a> {
    #[serde(flatten)]
    edition: EditionBody,
    as_of: Option<String>,
    records_through: RowsThrough,
    records: u64,
    coverage: Option<CoverageBody>,
    dimension: Dimension,
    total_rows: u64,
    rows: Vec<Record<'a, Row>>,
}

#[derive(Serialize)]
struct RowsThrough {
    rows: Option<String>,
    figures: Option<String>,
}

/// How many records the rows rest on, of how many that the whole month rests on.
#[derive(Serialize)]
struct CoverageBody {
    counted: u64,
    of: u64,
}

pub(crate) fn of_rows(of: &RowsOfMonth) -> Answer {
    let about = of.about();
    let AboutRows { edition, dimension, coverage, of_month } = about;
    let columns = rows::row_columns(dimension, |row: &Row| row, |row: &Row| &row.slice);
    let rows = of.rows.rows.iter().map(|row| Record { columns: &columns, line: row.clone() });
    let apart = CoverageBody { counted: coverage.records, of: of_month.records };
    document(&RowsBody {
        edition: edition.into(),
        as_of: about.as_of().map(moment::rfc3339),
        records_through: RowsThrough {
            rows: coverage.through.map(moment::rfc3339),
            figures: of_month.through.map(moment::rfc3339),
        },
        records: coverage.records,
        coverage: (coverage.beside(of_month) != Agreement::Same).then_some(apart),
        dimension,
        total_rows: of.rows.total_rows,
        rows: rows.collect(),
    })
}
