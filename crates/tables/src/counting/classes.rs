//! The classes of records in SQL, that is, what became of each record.
//!
//! It computes what `domain::reference` computes for the ledger, and property tests hold the two
//! equal. A class depends on all records of a service, so `which` must select whole services, and a
//! repeated row must be read once.

use crate::rule::Rule;

/// What all records of one service have in common.
const SERVICE: &str = "province, served_on, cell, case, service_no";

/// A query with one row for each record: its position, who posted it and when, its class and the reason,
/// by a rule.
/// `which` selects whole services, of the records that are looked at.
///
/// Most services are plain: one service record, and at most one review. Their classes follow
/// directly. Only of the others are the records compared with each other, which costs ten times as
/// much.
pub fn classes(rule: Rule, which: &str) -> String {
    let is_of_others = format!(
        "({SERVICE}) IN
(
    SELECT {SERVICE} FROM records WHERE {which} GROUP BY {SERVICE}
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)"
    );
    let others = others(rule, &format!("{which} AND {is_of_others}"));
    format!(
        "SELECT province, served_on, source, topic, partition, offset, appended_at, simulated AS is_simulated,
    multiIf(
        kind = 'service', 'service',
        subject != 'service', 'other_subject',
        follow_up, 'follow_up',
        'counted') AS class,
    '' AS reason
FROM records WHERE {which} AND NOT {is_of_others}
UNION ALL
SELECT province, served_on, source, topic, partition, offset, appended_at, is_simulated, class, reason FROM ({others})"
    )
}

/// The same for services with several records of a kind, or with decisions about their reviews.
fn others(rule: Rule, which: &str) -> String {
    let rank = rule.rank;
    format!(
        "SELECT province, served_on, source, topic, partition, offset, appended_at, is_simulated,
    max(if(is_candidate AND NOT is_set_aside, rank, 0)) OVER (PARTITION BY {SERVICE}) AS winner,
    multiIf(
        is_repeat, 'repeat',
        version < latest, 'superseded',
        kind = 'service', 'service',
        kind = 'disposition', 'disposition',
        subject != 'service', 'other_subject',
        follow_up, 'follow_up',
        is_set_aside, 'set_aside',
        rank = winner, 'counted',
        'duplicate') AS class,
    multiIf(
        class = 'set_aside', toString(tupleElement(decision, 2)),
        class != 'superseded', '',
        revision < latest_revision, 'lower_revision',
        'same_revision') AS reason
FROM
(
    SELECT {SERVICE}, source, topic, partition, offset, appended_at, is_simulated, kind, revision, version, subject, follow_up, rank,
        row_number() OVER (PARTITION BY {SERVICE}, kind, review, event ORDER BY topic, partition, offset) > 1 AS is_repeat,
        max(version) OVER (PARTITION BY {SERVICE}, kind, review) AS latest,
        max(revision) OVER (PARTITION BY {SERVICE}, kind, review) AS latest_revision,
        argMaxIf((action, reason), version, kind = 'disposition') OVER (PARTITION BY {SERVICE}, review) AS decision,
        tupleElement(decision, 1) = 'set_aside' AS is_set_aside,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate
    FROM
    (
        SELECT {SERVICE}, source, topic, partition, offset, appended_at, simulated AS is_simulated, kind, review, revision, version, event, subject, follow_up, {rank} AS rank, action, reason
        FROM records WHERE {which}
        LIMIT 1 BY topic, partition, offset
    )
)"
    )
}
