//! `GET /v1/provinces/{code}/months/{month}/areas`, `…/departments` and `…/items`.

use domain::{COUNTING_RULE, Month, Province};
use serde::Serialize;

use super::csv::{self, Column, known};
use super::{PROVISIONAL, ProvinceBody, to_json};
use crate::answer::Answer;
use crate::resource::Dimension;
use crate::rows::{Row, Rows};

#[derive(Serialize)]
struct Body<'a> {
    province: ProvinceBody,
    month: String,
    status: &'static str,
    rule: u16,
    dimension: Dimension,
    total_rows: u64,
    rows: &'a [Row],
}

pub(crate) fn json(province: Province, month: Month, dimension: Dimension, rows: &Rows) -> Answer {
    to_json(&Body {
        province: province.into(),
        month: month.to_string(),
        status: PROVISIONAL,
        rule: COUNTING_RULE,
        dimension,
        total_rows: rows.total_rows,
        rows: &rows.rows,
    })
}

/// A line: what it is of, and the figures.
struct Line<'a> {
    province: Province,
    month: Month,
    dimension: Dimension,
    row: &'a Row,
}

impl Line<'_> {
    fn name_zh(&self) -> String {
        self.row.name.as_ref().map(|name| csv::text(&name.zh)).unwrap_or_default()
    }

    fn name_en(&self) -> String {
        known(self.row.name.as_ref().and_then(|name| name.en.as_deref()))
    }
}

fn columns<'a>() -> [Column<Line<'a>>; 21] {
    [
        ("province", |line| line.province.to_string()),
        ("month", |line| line.month.to_string()),
        ("status", |_| PROVISIONAL.into()),
        ("rule", |_| COUNTING_RULE.to_string()),
        ("dimension", |line| <&str>::from(line.dimension).into()),
        ("code", |line| line.row.code.clone()),
        ("name_zh", Line::name_zh),
        ("name_en", Line::name_en),
        ("services", |line| known(line.row.services)),
        ("unreviewed_services", |line| known(line.row.unreviewed_services)),
        ("reviews_counted", |line| line.row.reviews.counted.to_string()),
        ("reviews_active", |line| line.row.reviews.active.to_string()),
        ("reviews_default", |line| line.row.reviews.default.to_string()),
        ("very_satisfied", |line| line.row.levels.very_satisfied.to_string()),
        ("satisfied", |line| line.row.levels.satisfied.to_string()),
        ("basically_satisfied", |line| line.row.levels.basically_satisfied.to_string()),
        ("dissatisfied", |line| line.row.levels.dissatisfied.to_string()),
        ("very_dissatisfied", |line| line.row.levels.very_dissatisfied.to_string()),
        ("satisfaction_numerator", |line| line.row.satisfaction.numerator.to_string()),
        ("satisfaction_denominator", |line| line.row.satisfaction.denominator.to_string()),
        ("satisfaction_rate", |line| known(line.row.satisfaction.rate)),
    ]
}

/// One line for each row.
pub(crate) fn csv(province: Province, month: Month, dimension: Dimension, rows: &Rows) -> Answer {
    let lines = rows.rows.iter().map(|row| Line { province, month, dimension, row });
    let dimension: &str = dimension.into();
    csv::table(&columns(), lines, format!("{province}-{month}-{dimension}.csv"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;

    #[test]
    fn a_table_without_rows_still_names_its_columns_and_fields_are_quoted_as_needed() {
        let (province, month) =
            ("440000".parse().expect("a province"), "2023-07".parse().expect("a month"));
        let text = |rows: Vec<Row>| {
            let rows = Rows { total_rows: rows.len() as u64, rows };
            let answer = csv(province, month, Dimension::Item, &rows);
            String::from_utf8(answer.body().to_vec()).expect("UTF-8").replace("\r\n", "\n")
        };
        assert_eq!(text(vec![]).lines().count(), 1);
        let (reviews, levels) = crate::figures::reviews_of_row(&[]).expect("no keys at all");
        let row = Row {
            code: "1144000000000000002000000000000".into(),
            name: Some(Name::in_chinese("补领, 换领\"居住证\"".into())),
            services: None,
            unreviewed_services: None,
            reviews,
            levels,
            satisfaction: levels.into(),
        };
        insta::assert_snapshot!(text(vec![row]), @r#"
        province,month,status,rule,dimension,code,name_zh,name_en,services,unreviewed_services,reviews_counted,reviews_active,reviews_default,very_satisfied,satisfied,basically_satisfied,dissatisfied,very_dissatisfied,satisfaction_numerator,satisfaction_denominator,satisfaction_rate
        440000,2023-07,provisional,1,item,1144000000000000002000000000000,"补领, 换领""居住证""",,,,0,0,0,0,0,0,0,0,0,0,
        "#);
    }
}
