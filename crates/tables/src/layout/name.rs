//! A row of the table `names`.

use clickhouse::Row;
use domain::{Month, Province};
use serde::Serialize;

/// What an item or a department was called in a month, in the order of the table's columns.
#[derive(Clone, Debug, PartialEq, Eq, Row, Serialize)]
pub struct NameRow {
    province: u8,
    kind: i8,
    code: String,
    name: String,
    last_month: u16,
}

const ITEM: i8 = 1;
const DEPARTMENT: i8 = 2;

impl NameRow {
    /// The name of an item.
    pub fn of_item(province: Province, month: Month, code: &str, name: &str) -> Self {
        Self::new(ITEM, province, month, code, name)
    }

    /// The name of a department.
    pub fn of_department(province: Province, month: Month, code: &str, name: &str) -> Self {
        Self::new(DEPARTMENT, province, month, code, name)
    }

    fn new(kind: i8, province: Province, month: Month, code: &str, name: &str) -> Self {
        Self {
            province: province.number(),
            kind,
            code: code.to_owned(),
            name: name.to_owned(),
            last_month: month.first_served_on().days_since_epoch(),
        }
    }
}
