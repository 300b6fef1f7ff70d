//! How each table of counts looks to a comparison: SQL text, and no IO.

use domain::{COUNTING_RULE, Month};

use crate::table::Table;

/// The columns of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    table: Table,
    /// The day, or the first day of the month.
    day: &'static str,
    /// The key without rule, province and day.
    key: &'static [&'static str],
    /// What was counted.
    pub(crate) figures: &'static [&'static str],
    /// Whether a recount writes all rows of a day, with one label; otherwise each row is a cell's.
    is_of_days: bool,
    /// Whether only rows with the greatest label of their day hold.
    only_greatest: bool,
}

impl Shape {
    pub(crate) fn of(table: Table) -> Self {
        match table {
            Table::Counts => Self {
                table,
                day: "served_on",
                key: &["cell"],
                figures: &["services", "unreviewed", "services_by_channel", "reviews", "set_aside"],
                is_of_days: false,
                only_greatest: false,
            },
            Table::CaseCounts => Self {
                table,
                day: "month",
                key: &["cell"],
                figures: &["cases", "cases_by_channel"],
                is_of_days: false,
                only_greatest: false,
            },
            Table::ItemCounts => Self {
                table,
                day: "served_on",
                key: &["area", "item"],
                figures: &["services", "unreviewed", "reviews"],
                is_of_days: true,
                only_greatest: false,
            },
            Table::ClassCounts => Self {
                table,
                day: "served_on",
                key: &["source", "topic", "partition", "class", "reason"],
                figures: &["records"],
                is_of_days: true,
                only_greatest: true,
            },
        }
    }

    /// The table in which a rebuild counts.
    pub(crate) fn rebuilt(self) -> String {
        format!("{}_rebuilt", self.table)
    }

    fn month(self, month: Month) -> String {
        format!("toYYYYMM({}) = {}", self.day, month.number())
    }

    /// Rows of a month in one of both tables, with the label of their unit.
    fn rows(self, from: &str, month: Month) -> String {
        let (day, key) = (self.day, self.key.join(", "));
        let cell = if self.is_of_days { "toUInt16(0)" } else { "cell" };
        let label = if self.is_of_days {
            format!("max(generation) OVER (PARTITION BY province, {day})")
        } else {
            "generation".to_owned()
        };
        let texts = |columns: &[&str]| {
            columns.iter().map(|it| format!("toString({it})")).collect::<Vec<_>>().join(", ")
        };
        let (names, figures) = (texts(self.key), texts(self.figures));
        let which = if self.only_greatest { "generation = label" } else { "1" };
        format!(
            "SELECT province, {day} AS day, {cell} AS unit_cell, {key}, arrayStringConcat([{names}], ' ') AS name, generation, label, values
FROM (SELECT province, {day}, {key}, generation, {label} AS label, [{figures}] AS values FROM {from} FINAL
    WHERE rule = {COUNTING_RULE} AND {month}) WHERE {which}",
            month = self.month(month),
        )
    }

    /// Rows that are not the same in both tables.
    pub(crate) fn compare(self, month: Month) -> String {
        let key = self.key.join(", ");
        let (live, rebuilt) =
            (self.rows(&self.table.to_string(), month), self.rows(&self.rebuilt(), month));
        format!(
            "SELECT province, day, if(empty(live.values), rebuilt.unit_cell, live.unit_cell) AS unit_cell,
    if(empty(live.values), rebuilt.name, live.name) AS name,
    live.label AS live_label, rebuilt.label AS rebuilt_label, live.values AS live_values, rebuilt.values AS rebuilt_values
FROM ({live}) AS live FULL JOIN ({rebuilt}) AS rebuilt USING (province, day, {key})
WHERE live.values != rebuilt.values OR live.generation != rebuilt.generation
ORDER BY province, day, unit_cell, name"
        )
    }

    /// The label of each day that has rows in both tables; nothing for a table of cells.
    pub(crate) fn labels(self, month: Month) -> Option<String> {
        let labels = |from: &str| {
            format!(
                "SELECT province, {day} AS day, max(generation) AS label FROM {from} WHERE rule = {COUNTING_RULE} AND {month} GROUP BY province, day",
                day = self.day,
                month = self.month(month),
            )
        };
        self.is_of_days.then(|| {
            format!(
                "SELECT province, day, live.label AS live_label, rebuilt.label AS rebuilt_label FROM ({}) AS live FULL JOIN ({}) AS rebuilt USING (province, day)",
                labels(&self.table.to_string()),
                labels(&self.rebuilt())
            )
        })
    }

    /// Brings over what is not rebuilt: rows of other rules, and units that were counted meanwhile.
    pub(crate) fn carry_over(self, month: Month, units: &[(u8, u16, u16)]) -> String {
        let cell = if self.is_of_days { "toUInt16(0)" } else { "cell" };
        let units: Vec<_> = units
            .iter()
            .map(|(province, day, cell)| format!("({province}, {day}, {cell})"))
            .collect();
        let moving = if units.is_empty() {
            "0".to_owned()
        } else {
            format!("(province, toUInt16({}), {cell}) IN ({})", self.day, units.join(", "))
        };
        format!(
            "INSERT INTO {} SELECT * FROM {} FINAL WHERE {} AND (rule != {COUNTING_RULE} OR {moving})",
            self.rebuilt(),
            self.table,
            self.month(month)
        )
    }

    /// How many rows of a month are rebuilt.
    pub(crate) fn count(self, month: Month) -> String {
        format!("SELECT count() FROM {} WHERE {}", self.rebuilt(), self.month(month))
    }

    /// Puts the rebuilt month in the place of the live one, at once.
    pub(crate) fn swap(self, month: Month, is_empty: bool) -> String {
        let (table, month) = (self.table, month.number());
        if is_empty {
            // ClickHouse refuses to replace something by nothing.
            return format!("ALTER TABLE {table} DROP PARTITION {month}");
        }
        format!("ALTER TABLE {table} REPLACE PARTITION {month} FROM {}", self.rebuilt())
    }
}
