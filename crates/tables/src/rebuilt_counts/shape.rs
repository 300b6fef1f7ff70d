//! How each table of counts looks to a comparison: SQL text, and no IO.

use domain::Month;

use crate::counts::{LABEL, Table, labels};
use crate::rebuilt_counts::Unit;
use crate::rule::Rule;

/// The columns of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    table: Table,
    /// The key without rule, province and day.
    key: &'static [&'static str],
    /// What was counted, and from what. Recounts with the same label agree about all of it.
    pub(crate) figures: &'static [&'static str],
    /// Whether a recount writes all rows of a day, with one label; otherwise each row is a cell's.
    is_of_days: bool,
}

impl Shape {
    pub(crate) fn of(table: Table) -> Self {
        let (key, figures, is_of_days): (&[&str], &[&str], bool) = match table {
            Table::Counts => (
                &["cell"],
                &[
                    "services",
                    "unreviewed",
                    "services_by_channel",
                    "reviews",
                    "set_aside",
                    "simulated",
                    "records_through",
                ],
                false,
            ),
            Table::CaseCounts => (
                &["cell"],
                &[
                    "cases",
                    "cases_by_channel",
                    "cases_by_group",
                    "cases_by_channels",
                    "simulated",
                    "records_through",
                ],
                false,
            ),
            Table::ItemCounts => (
                &["area", "item"],
                &["services", "unreviewed", "reviews", "simulated", "records_through"],
                true,
            ),
            Table::ClassCounts => (
                &["source", "topic", "partition", "class", "reason"],
                &["records", "simulated", "records_through"],
                true,
            ),
        };
        Self { table, key, figures, is_of_days }
    }

    /// The table in which a rebuild counts.
    pub(crate) fn rebuilt(self) -> String {
        format!("{}_rebuilt", self.table)
    }

    fn month(self, month: Month) -> String {
        format!("toYYYYMM({}) = {}", self.table.day(), month.number())
    }

    /// Rows of a month in one of both tables, with the label of their unit.
    fn rows(self, from: &str, rule: Rule, month: Month) -> String {
        let (day, key) = (self.table.day(), self.key.join(", "));
        let cell = if self.is_of_days { "toUInt16(0)" } else { "cell" };
        let of_unit = |value: &str| {
            let of_day = format!("max({value}) OVER (PARTITION BY province, {day})");
            if self.is_of_days { of_day } else { value.to_owned() }
        };
        let (label, greatest) = (of_unit(LABEL), of_unit("generation"));
        let texts = |columns: &[&str]| {
            columns.iter().map(|it| format!("toString({it})")).collect::<Vec<_>>().join(", ")
        };
        let (names, figures) = (texts(self.key), texts(self.figures));
        let which = if self.table.is_held_by_day() { "generation = greatest" } else { "1" };
        format!(
            "SELECT province, {day} AS day, {cell} AS unit_cell, {key}, arrayStringConcat([{names}], ' ') AS name, generation, label, values
FROM (SELECT province, {day}, {key}, generation, {label} AS label, {greatest} AS greatest, [{figures}] AS values FROM {from} FINAL
    WHERE rule = {rule} AND {month}) WHERE {which}",
            month = self.month(month),
        )
    }

    /// Rows that are not the same in both tables.
    pub(crate) fn compare(self, rule: Rule, month: Month) -> String {
        let key = self.key.join(", ");
        let (live, rebuilt) =
            (self.rows(self.table.into(), rule, month), self.rows(&self.rebuilt(), rule, month));
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
    pub(crate) fn labels(self, rule: Rule, month: Month) -> Option<String> {
        let day = self.table.day();
        let which = format!("rule = {rule} AND {}", self.month(month));
        let labels = |from: &str| labels(from, day, &which);
        self.is_of_days.then(|| {
            format!(
                "SELECT province, {day} AS day, live.label AS live_label, rebuilt.label AS rebuilt_label FROM ({}) AS live FULL JOIN ({}) AS rebuilt USING (province, {day})",
                labels(self.table.into()),
                labels(&self.rebuilt())
            )
        })
    }

    /// Brings over what is not rebuilt: rows of other rules than these, and units that were counted
    /// meanwhile.
    pub(crate) fn carry_over(self, rules: &[Rule], month: Month, units: &[(Rule, Unit)]) -> String {
        let cell = if self.is_of_days { "toUInt16(0)" } else { "cell" };
        let units = units.iter().map(|(rule, (province, day, cell))| {
            let (province, day, cell) = (province.number(), day.days_since_epoch(), cell.number());
            format!("({rule}, {province}, {day}, {cell})")
        });
        let units = units.collect::<Vec<_>>().join(", ");
        let moving = if units.is_empty() {
            "0".to_owned()
        } else {
            format!("(rule, province, toUInt16({}), {cell}) IN ({units})", self.table.day())
        };
        let rules = rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!(
            "INSERT INTO {} SELECT * FROM {} FINAL WHERE {} AND (rule NOT IN ({rules}) OR {moving})",
            self.rebuilt(),
            self.table,
            self.month(month),
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
