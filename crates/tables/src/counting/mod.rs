//! The counting rule as SELECTs over a condition, one for each table of counts.
//!
//! They compute what `domain::reference` computes, and property tests hold the two equal. The same
//! text counts touched buckets and everything below a cut: a [`Condition`] says which records are
//! looked at. A statement reads `records` without `FINAL`, because a repeated row changes neither a
//! maximum nor a set.
//!
//! It never decides what is counted when, or where the answer goes.

mod classes;
mod condition;

use domain::Channel;
use strum::VariantArray;

pub use self::classes::classes;
pub use self::condition::Condition;
use crate::counts::Table;
use crate::rule::Rule;

/// What the figures rest on, as the end of each statement:
/// - a statement reads records in several places, and all must see the same rows, or the label
///   would not say what was seen. This holds on one server: on replicas, a recount must read where
///   the loader has written, or with `select_sequential_consistency`;
/// - the key of every service is a prefix of the sorting key, so memory does not grow with a day.
pub const SETTINGS: &str =
    "SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1";

/// The columns of what [`select`] selects, in their order.
fn columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Counts => &[
            "rule",
            "province",
            "served_on",
            "cell",
            "generation",
            "services",
            "unreviewed",
            "services_by_channel",
            "reviews",
            "set_aside",
            "simulated",
            "records_through",
        ],
        Table::CaseCounts => &[
            "rule",
            "province",
            "month",
            "cell",
            "generation",
            "cases",
            "cases_by_channel",
            "cases_by_group",
            "cases_by_channels",
            "simulated",
            "records_through",
        ],
        Table::ItemCounts => &[
            "rule",
            "province",
            "served_on",
            "area",
            "item",
            "generation",
            "services",
            "unreviewed",
            "reviews",
            "simulated",
            "records_through",
        ],
        Table::ClassCounts => &[
            "rule",
            "province",
            "served_on",
            "source",
            "topic",
            "partition",
            "class",
            "reason",
            "generation",
            "records",
            "simulated",
            "records_through",
        ],
    }
}

/// The rows of a table of counts, by a rule, from the records that `which` selects; to be ended with
/// [`SETTINGS`]. For [`Table::CaseCounts`] `which` selects whole months of a cell, for
/// [`Table::ItemCounts`] and [`Table::ClassCounts`] whole days: a label belongs to as much.
pub fn select(table: Table, rule: Rule, which: &Condition) -> String {
    match table {
        Table::Counts => counts(rule, which.sql()),
        Table::CaseCounts => case_counts(rule, which.sql()),
        Table::ItemCounts => item_counts(rule, which.sql()),
        Table::ClassCounts => class_counts(rule, which.sql()),
    }
}

/// The statement that writes what [`select`] selects, be it into the live table or into one that looks
/// the same.
pub fn insert_into(target: &str, table: Table, select: &str) -> String {
    format!("INSERT INTO {target} ({})\n{select}\n{SETTINGS}", columns(table).join(", "))
}

/// One row for each service (or other thing that is rated), with what `columns` say of it.
///
/// A statement asks only for what it needs: maxima are what counting costs.
fn services(rule: Rule, which: &str, columns: &str) -> String {
    let rank = rule.rank;
    format!(
        "SELECT province, served_on, cell, case, service_no,
    {columns}
FROM
(
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, {rank} AS rank, version, position, appended_at, simulated,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE {which} AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE {which}
)
GROUP BY province, served_on, cell, case, service_no"
    )
}

fn counts(rule: Rule, which: &str) -> String {
    let services = services(
        rule,
        which,
        "uniqExact(position) AS n,
    uniqExactIf(position, simulated) AS n_simulated,
    max(appended_at) AS last_appended_at,
    max(kind = 'service') AS is_service,
    argMaxIf(CAST(channel, 'Int8'), version, kind = 'service') AS service_channel,
    countIf(is_candidate AND NOT is_set_aside) > 0 AS is_reviewed,
    argMaxIf(review_group, rank, is_candidate AND NOT is_set_aside) AS winner,
    countIf(is_candidate AND is_set_aside) > 0 AND NOT is_reviewed AS is_only_set_aside,
    argMaxIf(review_group, rank, is_candidate AND is_set_aside) AS set_aside_group",
    );
    format!(
        "SELECT toUInt16({rule}) AS rule, province, served_on, cell,
    sum(n) AS generation,
    countIf(is_service) AS services,
    countIf(is_service AND NOT is_reviewed) AS unreviewed,
    CAST(sumMapIf([toUInt8(service_channel)], [toUInt64(1)], is_service), 'Map(UInt8, UInt64)') AS services_by_channel,
    CAST(sumMapIf([winner], [toUInt64(1)], is_reviewed), 'Map(UInt16, UInt64)') AS reviews,
    CAST(sumMapIf([set_aside_group], [toUInt64(1)], is_only_set_aside), 'Map(UInt16, UInt64)') AS set_aside,
    sum(n_simulated) AS simulated,
    max(last_appended_at) AS records_through
FROM ({services})
GROUP BY province, served_on, cell"
    )
}

/// Places are counted by their hash, and named in the end: every place that a record has ever named,
/// even if with zero.
fn item_counts(rule: Rule, which: &str) -> String {
    let services = services(
        rule,
        which,
        "max(kind = 'service') AS is_service,
    argMaxIf(place, version, kind = 'service') AS service_place,
    countIf(is_candidate AND NOT is_set_aside) > 0 AS is_reviewed,
    argMaxIf(place, rank, is_candidate AND NOT is_set_aside) AS winner_place,
    argMaxIf(review_group, rank, is_candidate AND NOT is_set_aside) AS winner",
    );
    format!(
        "SELECT toUInt16({rule}) AS rule, province, served_on, named.county AS area, named.item_code AS item,
    day.generation AS generation, counted.services AS services, counted.unreviewed AS unreviewed, counted.reviews AS reviews,
    day.n_simulated AS simulated, day.last_appended_at AS records_through
FROM
(
    SELECT province, served_on, place, any(toUInt32(intDiv(area, 1000000))) AS county, any(item) AS item_code
    FROM records WHERE {which} AND subject = 'service' AND kind IN ('service', 'review')
    GROUP BY province, served_on, place
) AS named
LEFT JOIN
(
    SELECT province, served_on, at.1 AS place,
        sum(at.2) AS services,
        sum(at.3) AS unreviewed,
        CAST(sumMapIf([at.4], [toUInt64(1)], at.5), 'Map(UInt16, UInt64)') AS reviews
    FROM ({services})
    ARRAY JOIN
    [
        (service_place, is_service, is_service AND NOT is_reviewed, toUInt16(0), toUInt8(0)),
        (winner_place, toUInt8(0), toUInt8(0), winner, is_reviewed)
    ] AS at
    GROUP BY province, served_on, place
) AS counted USING (province, served_on, place)
INNER JOIN
(
    SELECT province, served_on, uniqExact(position) AS generation,
        uniqExactIf(position, simulated) AS n_simulated, max(appended_at) AS last_appended_at
    FROM records WHERE {which}
    GROUP BY province, served_on
) AS day USING (province, served_on)"
    )
}

fn class_counts(rule: Rule, which: &str) -> String {
    let classes = classes(rule, which);
    format!(
        "SELECT toUInt16({rule}) AS rule, province, served_on, source, topic, partition, class, reason,
    sum(count()) OVER (PARTITION BY province, served_on) AS generation,
    count() AS records,
    sum(countIf(is_simulated)) OVER (PARTITION BY province, served_on) AS simulated,
    max(max(appended_at)) OVER (PARTITION BY province, served_on) AS records_through
FROM ({classes})
GROUP BY province, served_on, source, topic, partition, class, reason"
    )
}

/// Which case is in which channel or group is no matter of reviews, so it is the same by every rule.
fn case_counts(rule: Rule, which: &str) -> String {
    let list = |codes: fn(&Channel) -> u8| {
        Channel::VARIANTS.iter().map(|it| codes(it).to_string()).collect::<Vec<_>>().join(", ")
    };
    let (channels, groups) =
        (list(|channel| channel.code()), list(|channel| channel.group().code()));
    format!(
        "SELECT toUInt16({rule}) AS rule, province, month, cell,
    sum(n) AS generation,
    count() AS cases,
    CAST(sumMap(channels, arrayMap(channel -> toUInt64(1), channels)), 'Map(UInt8, UInt64)') AS cases_by_channel,
    CAST(sumMap(groups, arrayMap(group -> toUInt64(1), groups)), 'Map(UInt8, UInt64)') AS cases_by_group,
    CAST(sumMap([channel_set], [toUInt64(1)]), 'Map(UInt16, UInt64)') AS cases_by_channels,
    sum(n_simulated) AS simulated,
    max(last_appended_at) AS records_through
FROM
(
    SELECT province, toStartOfMonth(served_on) AS month, cell, case, sum(n) AS n,
        sum(n_simulated) AS n_simulated, max(last_appended_at) AS last_appended_at,
        groupBitOr(bitShiftLeft(toUInt16(1), channel - 1)) AS channel_set,
        groupUniqArray(channel) AS channels,
        groupUniqArray(transform(channel, [{channels}]::Array(UInt8), [{groups}]::Array(UInt8), 0::UInt8)) AS groups
    FROM
    (
        SELECT province, served_on, cell, case, service_no,
            uniqExact(position) AS n,
            uniqExactIf(position, simulated) AS n_simulated,
            max(appended_at) AS last_appended_at,
            toUInt8(argMax(CAST(channel, 'Int8'), version)) AS channel
        FROM records
        WHERE {which} AND kind = 'service'
        GROUP BY province, served_on, cell, case, service_no
    )
    GROUP BY province, month, cell, case
)
GROUP BY province, month, cell"
    )
}
