//! The classes of records in SQL: what became of each.
//!
//! It computes what `domain::reference` computes for the ledger, and property tests hold the two
//! equal. A class is a matter of all records of a service, so `which` must select whole services,
//! and a row that is there twice must be read once: hence `FINAL`.

/// A query with one row for each record: where it lies, who posted it, its class and the reason.
/// `which` selects whole services, of the records that are looked at.
pub fn classes(which: &str) -> String {
    const SERVICE: &str = "province, served_on, cell, case, service_no";
    format!(
        "SELECT province, served_on, source, topic, partition, offset,
    max(if(is_candidate AND NOT is_set_aside, rank, 0)) OVER (PARTITION BY {SERVICE}) AS winner,
    multiIf(
        is_repeat, 'repeat',
        (revision, event) < latest, 'superseded',
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
        revision < tupleElement(latest, 1), 'lower_revision',
        'same_revision') AS reason
FROM
(
    SELECT {SERVICE}, source, topic, partition, offset, kind, revision, event, subject, follow_up, rank,
        row_number() OVER (PARTITION BY {SERVICE}, kind, review, event ORDER BY topic, partition, offset) > 1 AS is_repeat,
        max((revision, event)) OVER (PARTITION BY {SERVICE}, kind, review) AS latest,
        argMaxIf((action, reason), (revision, event), kind = 'disposition') OVER (PARTITION BY {SERVICE}, review) AS decision,
        tupleElement(decision, 1) = 'set_aside' AS is_set_aside,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate
    FROM records FINAL
    WHERE {which}
)
SETTINGS do_not_merge_across_partitions_select_final = 1"
    )
}
