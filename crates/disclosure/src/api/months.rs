//! `GET /v1/provinces/{code}/months`.

use domain::{Month, Province};
use serde::Serialize;

use super::csv::{self, Column};
use super::{PROVISIONAL, ProvinceBody, to_json};
use crate::answer::Answer;

#[derive(Serialize)]
struct Body {
    province: ProvinceBody,
    months: Vec<MonthOfProvince>,
}

#[derive(Serialize)]
struct MonthOfProvince {
    month: String,
    status: &'static str,
    reviews: u64,
}

pub(crate) fn json(province: Province, months: &[(Month, u64)]) -> Answer {
    let months = months.iter().map(|(month, reviews)| MonthOfProvince {
        month: month.to_string(),
        status: PROVISIONAL,
        reviews: *reviews,
    });
    to_json(&Body { province: province.into(), months: months.collect() })
}

const COLUMNS: [Column<(Province, Month, u64)>; 4] = [
    ("province", |(province, _, _)| province.to_string()),
    ("month", |(_, month, _)| month.to_string()),
    ("status", |_| PROVISIONAL.into()),
    ("reviews", |(_, _, reviews)| reviews.to_string()),
];

pub(crate) fn csv(province: Province, months: &[(Month, u64)]) -> Answer {
    let lines = months.iter().map(|(month, reviews)| (province, *month, *reviews));
    csv::table(&COLUMNS, lines, format!("{province}.csv"))
}
