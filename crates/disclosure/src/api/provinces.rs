//! `GET /v1/provinces`.

use domain::{Month, Province};
use serde::Serialize;

use super::csv::{self, Column, known};
use super::{ProvinceBody, to_json};
use crate::answer::Answer;
use crate::name;

#[derive(Serialize)]
struct Body {
    provinces: Vec<ProvinceWithMonths>,
}

#[derive(Serialize)]
struct ProvinceWithMonths {
    #[serde(flatten)]
    province: ProvinceBody,
    months: Vec<String>,
}

pub(crate) fn json(months: &[(Province, Month)]) -> Answer {
    let provinces = Province::all().map(|province| ProvinceWithMonths {
        province: province.into(),
        months: (months.iter())
            .filter(|(of, _)| *of == province)
            .map(|(_, month)| month.to_string())
            .collect(),
    });
    to_json(&Body { provinces: provinces.collect() })
}

const COLUMNS: [Column<(Province, Month)>; 4] = [
    ("code", |(province, _)| province.to_string()),
    ("name_zh", |(province, _)| name::of_province(*province).zh.into()),
    ("name_en", |(province, _)| known(name::of_province(*province).en)),
    ("month", |(_, month)| month.to_string()),
];

/// One line for each province and month.
pub(crate) fn csv(months: &[(Province, Month)]) -> Answer {
    csv::table(&COLUMNS, months.iter().copied(), "provinces.csv".into())
}
