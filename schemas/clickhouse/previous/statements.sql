-- 0012_merges

SELECT name, hash FROM migrations FINAL ORDER BY name;

SELECT min(id) AS id FROM database_id;

SELECT number, name, id FROM topics FINAL ORDER BY number;

INSERT INTO records (province, served_on, cell, case, service_no, kind, review, topic, partition, offset, revision, event, source, appended_at, subject, area, item, hall, window, channel, level, is_default, follow_up, rated_at, tags, text, review_id, action, reason) SELECT province, served_on, cell, case, service_no, kind, review, topic, partition, offset, revision, event, source, appended_at, subject, area, item, hall, window, channel, level, is_default, follow_up, rated_at, tags, text, review_id, action, reason FROM records WHERE 0;

INSERT INTO names (province, kind, code, name, last_month) SELECT province, kind, code, name, last_month FROM names WHERE 0;

INSERT INTO quarantine (topic, partition, offset, entry, entry_partition, entry_offset, reason, pointer, detail, source, event, note, decided_at) SELECT topic, partition, offset, entry, entry_partition, entry_offset, reason, pointer, detail, source, event, note, decided_at FROM quarantine WHERE 0;

INSERT INTO audits (topic, partition, audited_at, first, cut, end, stored, gaps, missing) SELECT topic, partition, audited_at, first, cut, end, stored, gaps, missing FROM audits WHERE 0;

SELECT argMax(rule, set_at) FROM loading_rule;

INSERT INTO loading_rule (rule) SELECT rule FROM loading_rule WHERE 0;

SELECT topic, partition, offset, any(event) AS event FROM records
WHERE (topic, partition, offset) IN (SELECT topic, partition, max(offset) FROM records GROUP BY topic, partition)
GROUP BY topic, partition, offset ORDER BY topic, partition;

INSERT INTO counts (rule, province, served_on, cell, generation, services, unreviewed, services_by_channel, reviews, set_aside)
SELECT 1, province, served_on, cell,
    sum(n),
    countIf(is_service),
    countIf(is_service AND NOT is_reviewed),
    CAST(sumMapIf([toUInt8(service_channel)], [toUInt64(1)], is_service), 'Map(UInt8, UInt64)'),
    CAST(sumMapIf([winner], [toUInt64(1)], is_reviewed), 'Map(UInt16, UInt64)'),
    CAST(sumMapIf([set_aside_group], [toUInt64(1)], is_only_set_aside), 'Map(UInt16, UInt64)')
FROM (SELECT province, served_on, cell, case, service_no,
    uniqExact(position) AS n,
    max(kind = 'service') AS is_service,
    argMaxIf(CAST(channel, 'Int8'), version, kind = 'service') AS service_channel,
    countIf(is_candidate AND NOT is_set_aside) > 0 AS is_reviewed,
    argMaxIf(review_group, rank, is_candidate AND NOT is_set_aside) AS winner,
    countIf(is_candidate AND is_set_aside) > 0 AND NOT is_reviewed AS is_only_set_aside,
    argMaxIf(review_group, rank, is_candidate AND is_set_aside) AS set_aside_group
FROM
(
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, rank, version, position,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE (province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\', [7])]'), 'Array(Tuple(UInt8, Date, Array(UInt16)))')) AS row)) AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE (province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\', [7])]'), 'Array(Tuple(UInt8, Date, Array(UInt16)))')) AS row))
)
GROUP BY province, served_on, cell, case, service_no)
GROUP BY province, served_on, cell
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

INSERT INTO item_counts (rule, province, served_on, area, item, generation, services, unreviewed, reviews)
SELECT 1, province, served_on, named.county, named.item_code,
    day.generation, counted.services, counted.unreviewed, counted.reviews
FROM
(
    SELECT province, served_on, place, any(toUInt32(intDiv(area, 1000000))) AS county, any(item) AS item_code
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND subject = 'service' AND kind IN ('service', 'review')
    GROUP BY province, served_on, place
) AS named
LEFT JOIN
(
    SELECT province, served_on, at.1 AS place,
        sum(at.2) AS services,
        sum(at.3) AS unreviewed,
        CAST(sumMapIf([at.4], [toUInt64(1)], at.5), 'Map(UInt16, UInt64)') AS reviews
    FROM (SELECT province, served_on, cell, case, service_no,
    max(kind = 'service') AS is_service,
    argMaxIf(place, version, kind = 'service') AS service_place,
    countIf(is_candidate AND NOT is_set_aside) > 0 AS is_reviewed,
    argMaxIf(place, rank, is_candidate AND NOT is_set_aside) AS winner_place,
    argMaxIf(review_group, rank, is_candidate AND NOT is_set_aside) AS winner
FROM
(
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, rank, version, position,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row))
)
GROUP BY province, served_on, cell, case, service_no)
    ARRAY JOIN
    [
        (service_place, is_service, is_service AND NOT is_reviewed, toUInt16(0), toUInt8(0)),
        (winner_place, toUInt8(0), toUInt8(0), winner, is_reviewed)
    ] AS at
    GROUP BY province, served_on, place
) AS counted USING (province, served_on, place)
INNER JOIN
(
    SELECT province, served_on, uniqExact(position) AS generation
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row))
    GROUP BY province, served_on
) AS day USING (province, served_on)
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

INSERT INTO class_counts (rule, province, served_on, source, topic, partition, class, reason, generation, records)
SELECT 1, province, served_on, source, topic, partition, class, reason,
    sum(count()) OVER (PARTITION BY province, served_on) AS generation,
    count()
FROM (SELECT province, served_on, source, topic, partition, offset,
    multiIf(
        kind = 'service', 'service',
        subject != 'service', 'other_subject',
        follow_up, 'follow_up',
        'counted') AS class,
    '' AS reason
FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND NOT (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on, cell, case, service_no
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)
UNION ALL
SELECT province, served_on, source, topic, partition, offset, class, reason FROM (SELECT province, served_on, source, topic, partition, offset,
    max(if(is_candidate AND NOT is_set_aside, rank, 0)) OVER (PARTITION BY province, served_on, cell, case, service_no) AS winner,
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
    SELECT province, served_on, cell, case, service_no, source, topic, partition, offset, kind, revision, version, subject, follow_up, rank,
        row_number() OVER (PARTITION BY province, served_on, cell, case, service_no, kind, review, event ORDER BY topic, partition, offset) > 1 AS is_repeat,
        max(version) OVER (PARTITION BY province, served_on, cell, case, service_no, kind, review) AS latest,
        max(revision) OVER (PARTITION BY province, served_on, cell, case, service_no, kind, review) AS latest_revision,
        argMaxIf((action, reason), version, kind = 'disposition') OVER (PARTITION BY province, served_on, cell, case, service_no, review) AS decision,
        tupleElement(decision, 1) = 'set_aside' AS is_set_aside,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate
    FROM
    (
        SELECT province, served_on, cell, case, service_no, source, topic, partition, offset, kind, review, revision, version, event, subject, follow_up, rank, action, reason
        FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on, cell, case, service_no
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)
        LIMIT 1 BY topic, partition, offset
    )
)))
GROUP BY province, served_on, source, topic, partition, class, reason
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

INSERT INTO case_counts (rule, province, month, cell, generation, cases, cases_by_channel)
SELECT 1, province, '2023-07-01', cell,
    sum(n),
    count(),
    CAST(sumMap(channels, arrayMap(channel -> toUInt64(1), channels)), 'Map(UInt8, UInt64)')
FROM
(
    SELECT province, cell, case, sum(n) AS n, groupUniqArray(channel) AS channels
    FROM
    (
        SELECT province, served_on, cell, case, service_no,
            uniqExact(position) AS n,
            toUInt8(argMax(CAST(channel, 'Int8'), version)) AS channel
        FROM records
        WHERE province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01'
            AND cell IN (7) AND kind = 'service'
        GROUP BY province, served_on, cell, case, service_no
    )
    GROUP BY province, cell, case
)
GROUP BY province, cell
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

SELECT province, served_on, cell FROM
(
    SELECT province, served_on, cell, uniqExact(position) AS n,
        countIf(subject = 'service' AND kind IN ('service', 'review')) > 0 AS has_places
    FROM records WHERE toYYYYMM(served_on) = 202307 AND kind != 'quarantined'
    GROUP BY province, served_on, cell
) AS stored
LEFT JOIN
(
    SELECT province, served_on, cell, generation FROM counts FINAL
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307
) AS counted USING (province, served_on, cell)
WHERE n != generation;

SELECT province, first_day AS served_on, cell FROM
(
    SELECT province, toStartOfMonth(served_on) AS first_day, cell, sum(n) AS services FROM
    (
    SELECT province, served_on, cell, uniqExact(position) AS n,
        countIf(subject = 'service' AND kind IN ('service', 'review')) > 0 AS has_places
    FROM records WHERE toYYYYMM(served_on) = 202307 AND kind = 'service'
    GROUP BY province, served_on, cell
    )
    GROUP BY province, first_day, cell
) AS stored
LEFT JOIN
(
    SELECT province, month AS first_day, cell, generation FROM case_counts FINAL
    WHERE rule = 1 AND toYYYYMM(month) = 202307
) AS counted USING (province, first_day, cell)
WHERE services != generation;

SELECT province, served_on, toUInt16(0) AS cell FROM
(
    SELECT province, served_on, sum(n) AS records, max(has_places) AS has_places FROM
    (
    SELECT province, served_on, cell, uniqExact(position) AS n,
        countIf(subject = 'service' AND kind IN ('service', 'review')) > 0 AS has_places
    FROM records WHERE toYYYYMM(served_on) = 202307 AND kind != 'quarantined'
    GROUP BY province, served_on, cell
    )
    GROUP BY province, served_on
) AS stored
LEFT JOIN
(
    SELECT province, served_on, max(generation) AS generation FROM item_counts
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307
    GROUP BY province, served_on
) AS counted USING (province, served_on)
WHERE has_places AND records != generation;

SELECT province, served_on, toUInt16(0) AS cell FROM
(
    SELECT province, served_on, sum(n) AS records FROM
    (
    SELECT province, served_on, cell, uniqExact(position) AS n,
        countIf(subject = 'service' AND kind IN ('service', 'review')) > 0 AS has_places
    FROM records WHERE toYYYYMM(served_on) = 202307 AND kind != 'quarantined'
    GROUP BY province, served_on, cell
    )
    GROUP BY province, served_on
) AS stored
LEFT JOIN
(
    SELECT province, served_on, max(generation) AS generation FROM class_counts
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307
    GROUP BY province, served_on
) AS counted USING (province, served_on)
WHERE records != generation;

SELECT province, served_on, count() AS records FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-05\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on;

SELECT DISTINCT province, served_on, cell FROM records
WHERE toYYYYMM(served_on) = 202307 AND kind != 'quarantined';

DROP TABLE IF EXISTS counts_rebuilt SYNC;

CREATE TABLE counts_rebuilt AS counts;

SELECT province, day, if(empty(live.values), rebuilt.unit_cell, live.unit_cell) AS unit_cell,
    if(empty(live.values), rebuilt.name, live.name) AS name,
    live.label AS live_label, rebuilt.label AS rebuilt_label, live.values AS live_values, rebuilt.values AS rebuilt_values
FROM (SELECT province, served_on AS day, cell AS unit_cell, cell, arrayStringConcat([toString(cell)], ' ') AS name, generation, label, values
FROM (SELECT province, served_on, cell, generation, generation AS label, [toString(services), toString(unreviewed), toString(services_by_channel), toString(reviews), toString(set_aside)] AS values FROM counts FINAL
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307) WHERE 1) AS live FULL JOIN (SELECT province, served_on AS day, cell AS unit_cell, cell, arrayStringConcat([toString(cell)], ' ') AS name, generation, label, values
FROM (SELECT province, served_on, cell, generation, generation AS label, [toString(services), toString(unreviewed), toString(services_by_channel), toString(reviews), toString(set_aside)] AS values FROM counts_rebuilt FINAL
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307) WHERE 1) AS rebuilt USING (province, day, cell)
WHERE live.values != rebuilt.values OR live.generation != rebuilt.generation
ORDER BY province, day, unit_cell, name;

INSERT INTO counts_rebuilt SELECT * FROM counts FINAL WHERE toYYYYMM(served_on) = 202307 AND (rule != 1 OR 0);

SELECT count() FROM counts_rebuilt WHERE toYYYYMM(served_on) = 202307;

DROP TABLE IF EXISTS counts_rebuilt SYNC;

DROP TABLE IF EXISTS case_counts_rebuilt SYNC;

CREATE TABLE case_counts_rebuilt AS case_counts;

SELECT province, day, if(empty(live.values), rebuilt.unit_cell, live.unit_cell) AS unit_cell,
    if(empty(live.values), rebuilt.name, live.name) AS name,
    live.label AS live_label, rebuilt.label AS rebuilt_label, live.values AS live_values, rebuilt.values AS rebuilt_values
FROM (SELECT province, month AS day, cell AS unit_cell, cell, arrayStringConcat([toString(cell)], ' ') AS name, generation, label, values
FROM (SELECT province, month, cell, generation, generation AS label, [toString(cases), toString(cases_by_channel)] AS values FROM case_counts FINAL
    WHERE rule = 1 AND toYYYYMM(month) = 202307) WHERE 1) AS live FULL JOIN (SELECT province, month AS day, cell AS unit_cell, cell, arrayStringConcat([toString(cell)], ' ') AS name, generation, label, values
FROM (SELECT province, month, cell, generation, generation AS label, [toString(cases), toString(cases_by_channel)] AS values FROM case_counts_rebuilt FINAL
    WHERE rule = 1 AND toYYYYMM(month) = 202307) WHERE 1) AS rebuilt USING (province, day, cell)
WHERE live.values != rebuilt.values OR live.generation != rebuilt.generation
ORDER BY province, day, unit_cell, name;

INSERT INTO case_counts_rebuilt SELECT * FROM case_counts FINAL WHERE toYYYYMM(month) = 202307 AND (rule != 1 OR 0);

SELECT count() FROM case_counts_rebuilt WHERE toYYYYMM(month) = 202307;

DROP TABLE IF EXISTS case_counts_rebuilt SYNC;

DROP TABLE IF EXISTS item_counts_rebuilt SYNC;

CREATE TABLE item_counts_rebuilt AS item_counts;

SELECT province, day, if(empty(live.values), rebuilt.unit_cell, live.unit_cell) AS unit_cell,
    if(empty(live.values), rebuilt.name, live.name) AS name,
    live.label AS live_label, rebuilt.label AS rebuilt_label, live.values AS live_values, rebuilt.values AS rebuilt_values
FROM (SELECT province, served_on AS day, toUInt16(0) AS unit_cell, area, item, arrayStringConcat([toString(area), toString(item)], ' ') AS name, generation, label, values
FROM (SELECT province, served_on, area, item, generation, max(generation) OVER (PARTITION BY province, served_on) AS label, [toString(services), toString(unreviewed), toString(reviews)] AS values FROM item_counts FINAL
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307) WHERE 1) AS live FULL JOIN (SELECT province, served_on AS day, toUInt16(0) AS unit_cell, area, item, arrayStringConcat([toString(area), toString(item)], ' ') AS name, generation, label, values
FROM (SELECT province, served_on, area, item, generation, max(generation) OVER (PARTITION BY province, served_on) AS label, [toString(services), toString(unreviewed), toString(reviews)] AS values FROM item_counts_rebuilt FINAL
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307) WHERE 1) AS rebuilt USING (province, day, area, item)
WHERE live.values != rebuilt.values OR live.generation != rebuilt.generation
ORDER BY province, day, unit_cell, name;

SELECT province, day, live.label AS live_label, rebuilt.label AS rebuilt_label FROM (SELECT province, served_on AS day, max(generation) AS label FROM item_counts WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, day) AS live FULL JOIN (SELECT province, served_on AS day, max(generation) AS label FROM item_counts_rebuilt WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, day) AS rebuilt USING (province, day);

INSERT INTO item_counts_rebuilt SELECT * FROM item_counts FINAL WHERE toYYYYMM(served_on) = 202307 AND (rule != 1 OR 0);

SELECT count() FROM item_counts_rebuilt WHERE toYYYYMM(served_on) = 202307;

DROP TABLE IF EXISTS item_counts_rebuilt SYNC;

DROP TABLE IF EXISTS class_counts_rebuilt SYNC;

CREATE TABLE class_counts_rebuilt AS class_counts;

SELECT province, day, if(empty(live.values), rebuilt.unit_cell, live.unit_cell) AS unit_cell,
    if(empty(live.values), rebuilt.name, live.name) AS name,
    live.label AS live_label, rebuilt.label AS rebuilt_label, live.values AS live_values, rebuilt.values AS rebuilt_values
FROM (SELECT province, served_on AS day, toUInt16(0) AS unit_cell, source, topic, partition, class, reason, arrayStringConcat([toString(source), toString(topic), toString(partition), toString(class), toString(reason)], ' ') AS name, generation, label, values
FROM (SELECT province, served_on, source, topic, partition, class, reason, generation, max(generation) OVER (PARTITION BY province, served_on) AS label, [toString(records)] AS values FROM class_counts FINAL
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307) WHERE generation = label) AS live FULL JOIN (SELECT province, served_on AS day, toUInt16(0) AS unit_cell, source, topic, partition, class, reason, arrayStringConcat([toString(source), toString(topic), toString(partition), toString(class), toString(reason)], ' ') AS name, generation, label, values
FROM (SELECT province, served_on, source, topic, partition, class, reason, generation, max(generation) OVER (PARTITION BY province, served_on) AS label, [toString(records)] AS values FROM class_counts_rebuilt FINAL
    WHERE rule = 1 AND toYYYYMM(served_on) = 202307) WHERE generation = label) AS rebuilt USING (province, day, source, topic, partition, class, reason)
WHERE live.values != rebuilt.values OR live.generation != rebuilt.generation
ORDER BY province, day, unit_cell, name;

SELECT province, day, live.label AS live_label, rebuilt.label AS rebuilt_label FROM (SELECT province, served_on AS day, max(generation) AS label FROM class_counts WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, day) AS live FULL JOIN (SELECT province, served_on AS day, max(generation) AS label FROM class_counts_rebuilt WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, day) AS rebuilt USING (province, day);

INSERT INTO class_counts_rebuilt SELECT * FROM class_counts FINAL WHERE toYYYYMM(served_on) = 202307 AND (rule != 1 OR 0);

SELECT count() FROM class_counts_rebuilt WHERE toYYYYMM(served_on) = 202307;

DROP TABLE IF EXISTS class_counts_rebuilt SYNC;

DROP TABLE IF EXISTS records_rebuilt SYNC;

CREATE TABLE records_rebuilt AS records;

SELECT DISTINCT topic, partition FROM records;

INSERT INTO records_rebuilt SELECT * FROM records FINAL WHERE topic = 2 AND partition = 3 AND offset < 9;

SELECT province, toUInt16(served_on) FROM (SELECT province, served_on, count() AS n, sum(cityHash64(*)) AS checksum FROM records FINAL WHERE kind != 'quarantined' AND position > 0 GROUP BY province, served_on) AS live FULL JOIN (SELECT province, served_on, count() AS n, sum(cityHash64(*)) AS checksum FROM records_rebuilt FINAL WHERE kind != 'quarantined' AND position > 0 GROUP BY province, served_on) AS rebuilt USING (province, served_on)
WHERE live.n != rebuilt.n OR live.checksum != rebuilt.checksum ORDER BY province, served_on;

SELECT topic, partition, offset, 1 AS is_rebuilt, [toString(province), toString(served_on), toString(cell), toString(case), toString(service_no), toString(kind), toString(review), toString(topic), toString(partition), toString(offset), toString(revision), toString(event), toString(source), toString(appended_at), toString(subject), toString(area), toString(item), toString(hall), toString(window), toString(channel), toString(level), toString(is_default), toString(follow_up), toString(rated_at), toString(tags), toString(text), toString(review_id), toString(action), toString(reason)] AS values FROM records FINAL WHERE province = 44 AND served_on = toDate(19543)
AND cityHash64(*) NOT IN (SELECT cityHash64(*) FROM records_rebuilt FINAL WHERE province = 44 AND served_on = toDate(19543)) ORDER BY topic, partition, offset LIMIT 1000;

DROP TABLE IF EXISTS records_rebuilt SYNC;

SELECT topic, partition, offset,
    multiIf((topic, partition, offset) IN (
        SELECT topic, partition, offset FROM records
        WHERE kind != 'quarantined' AND (topic, partition, offset) IN (SELECT topic, partition, offset FROM records FINAL WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined')
    ), 'replayed', (topic, partition, offset) IN (
        SELECT topic, partition, offset FROM quarantine WHERE entry = 'discarded'
    ), 'discarded', 'open') AS state
FROM records FINAL WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined';

SELECT topic, partition, offset, state, appended_at, reason, source, pointer, detail, event,
    is_discarded, discard_reason, note, decided_at
FROM (SELECT topic, partition, offset,
    multiIf((topic, partition, offset) IN (
        SELECT topic, partition, offset FROM records
        WHERE kind != 'quarantined' AND (topic, partition, offset) IN (SELECT topic, partition, offset FROM records FINAL WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined')
    ), 'replayed', (topic, partition, offset) IN (
        SELECT topic, partition, offset FROM quarantine WHERE entry = 'discarded'
    ), 'discarded', 'open') AS state
FROM records FINAL WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined') AS states
INNER JOIN (SELECT topic, partition, offset, appended_at, toString(reason) AS reason, toString(source) AS source FROM records FINAL WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined') AS record
    USING (topic, partition, offset)
LEFT JOIN (SELECT topic, partition, offset, pointer, detail, event FROM quarantine FINAL WHERE entry = 'quarantined') AS said
    USING (topic, partition, offset)
LEFT JOIN (SELECT topic, partition, offset, true AS is_discarded, toString(reason) AS discard_reason, note, decided_at FROM quarantine FINAL WHERE entry = 'discarded') AS given_up
    USING (topic, partition, offset)
ORDER BY topic, partition, offset;

SELECT topic, partition, min(offset) AS lowest, groupBitmap(offset) AS offsets
FROM records WHERE offset < transform(toUInt64(topic) * 65536 + partition, [131075]::Array(UInt64), [9]::Array(UInt64), 0::UInt64) GROUP BY topic, partition;

SELECT topic, partition, first AS number FROM audits FINAL;

SELECT topic, partition, sum(records) AS number FROM
(
    SELECT *, max(generation) OVER (PARTITION BY province, served_on) AS latest
    FROM class_counts FINAL WHERE rule = 1
)
WHERE generation = latest GROUP BY topic, partition;

SELECT topic, partition, groupBitmap(offset) AS number FROM records
WHERE kind != 'quarantined' GROUP BY topic, partition;

SELECT previous AS from, offset AS to FROM
(
    SELECT offset, lagInFrame(offset + 1, 1, 0::UInt64) OVER (ORDER BY offset ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS previous
    FROM
    (
        SELECT DISTINCT offset FROM records
        WHERE topic = 2 AND partition = 3 AND offset >= 0 AND offset < 9
        UNION DISTINCT SELECT 9::UInt64 AS offset
    )
)
WHERE previous < offset ORDER BY from LIMIT 1000;

SELECT province, toStartOfMonth(served_on) AS month,
    sum(generation) AS records, sum(c.services) AS services, sum(arraySum(mapValues(c.reviews))) AS counted
FROM counts AS c FINAL WHERE rule = 1 GROUP BY province, month
SETTINGS do_not_merge_across_partitions_select_final = 1;

SELECT province, toStartOfMonth(served_on) AS month,
    sum(c.records) AS records, sumIf(c.records, class = 'service') AS services, sumIf(c.records, class = 'counted') AS counted
FROM
(
    SELECT *, max(generation) OVER (PARTITION BY province, served_on) AS latest
    FROM class_counts FINAL WHERE rule = 1
) AS c
WHERE generation = latest GROUP BY province, month
SETTINGS do_not_merge_across_partitions_select_final = 1;

SELECT province, toString(served_on) AS day, count() AS records FROM records
WHERE kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [131075]::Array(UInt64), [9]::Array(UInt64), 0::UInt64) GROUP BY province, served_on ORDER BY province, served_on;

SELECT province, toStartOfMonth(served_on) AS month, source, topic, partition, class, reason, count() AS records
FROM (SELECT province, served_on, source, topic, partition, offset,
    multiIf(
        kind = 'service', 'service',
        subject != 'service', 'other_subject',
        follow_up, 'follow_up',
        'counted') AS class,
    '' AS reason
FROM records WHERE province = 44 AND served_on IN ('2023-07-05') AND kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [131075]::Array(UInt64), [9]::Array(UInt64), 0::UInt64) AND NOT (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE province = 44 AND served_on IN ('2023-07-05') AND kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [131075]::Array(UInt64), [9]::Array(UInt64), 0::UInt64) GROUP BY province, served_on, cell, case, service_no
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)
UNION ALL
SELECT province, served_on, source, topic, partition, offset, class, reason FROM (SELECT province, served_on, source, topic, partition, offset,
    max(if(is_candidate AND NOT is_set_aside, rank, 0)) OVER (PARTITION BY province, served_on, cell, case, service_no) AS winner,
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
    SELECT province, served_on, cell, case, service_no, source, topic, partition, offset, kind, revision, version, subject, follow_up, rank,
        row_number() OVER (PARTITION BY province, served_on, cell, case, service_no, kind, review, event ORDER BY topic, partition, offset) > 1 AS is_repeat,
        max(version) OVER (PARTITION BY province, served_on, cell, case, service_no, kind, review) AS latest,
        max(revision) OVER (PARTITION BY province, served_on, cell, case, service_no, kind, review) AS latest_revision,
        argMaxIf((action, reason), version, kind = 'disposition') OVER (PARTITION BY province, served_on, cell, case, service_no, review) AS decision,
        tupleElement(decision, 1) = 'set_aside' AS is_set_aside,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate
    FROM
    (
        SELECT province, served_on, cell, case, service_no, source, topic, partition, offset, kind, review, revision, version, event, subject, follow_up, rank, action, reason
        FROM records WHERE province = 44 AND served_on IN ('2023-07-05') AND kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [131075]::Array(UInt64), [9]::Array(UInt64), 0::UInt64) AND (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE province = 44 AND served_on IN ('2023-07-05') AND kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [131075]::Array(UInt64), [9]::Array(UInt64), 0::UInt64) GROUP BY province, served_on, cell, case, service_no
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)
        LIMIT 1 BY topic, partition, offset
    )
))) GROUP BY province, month, source, topic, partition, class, reason
SETTINGS enable_shared_storage_snapshot_in_query = 1;

SELECT province, toStartOfMonth(served_on) AS month, source, topic, partition, groupBitmap(offset) AS offsets
FROM records WHERE kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [131075]::Array(UInt64), [9]::Array(UInt64), 0::UInt64) GROUP BY province, month, source, topic, partition;

SELECT toUInt8(1) AS one FROM counts LIMIT 1;

SELECT DISTINCT province, toStartOfMonth(served_on) AS month FROM counts WHERE rule = 1 ORDER BY province, month;

SELECT toStartOfMonth(served_on) AS month, sum(arraySum(mapValues(counts.reviews))) AS reviews FROM counts FINAL WHERE rule = 1 AND province = 44 GROUP BY month ORDER BY month;

SELECT toUInt8(1) AS one FROM counts WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' LIMIT 1;

SELECT count() AS buckets, sum(counts.services) AS services, sum(counts.unreviewed) AS unreviewed, sumMap(counts.services_by_channel) AS services_by_channel, sumMap(counts.reviews) AS reviews, sumMap(counts.set_aside) AS set_aside FROM counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01';

SELECT toStartOfMonth(served_on) AS month, sumMap(mapFilter((k, v) -> bitAnd(k, 7) <= 2 AND bitAnd(bitShiftRight(k, 8), 15) > 0, counts.reviews)) AS reviews FROM counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= addMonths(toDate('2023-07-01'), -toInt8(15)) AND served_on < '2023-07-01' GROUP BY month;

SELECT count() AS cells, sum(case_counts.cases) AS cases, sumMap(case_counts.cases_by_channel) AS cases_by_channel FROM case_counts FINAL WHERE rule = 1 AND province = 44 AND month >= '2023-07-01' AND month < '2023-08-01';

SELECT *, count() OVER () AS total_rows FROM (SELECT toString(intDiv(area, 100) * 100) AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(item_counts.reviews) AS reviews FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT *, count() OVER () AS total_rows FROM (SELECT toString(area) AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(item_counts.reviews) AS reviews FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT *, count() OVER () AS total_rows FROM (SELECT substring(CAST(item, 'String'), 1, 18) AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(item_counts.reviews) AS reviews FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT *, count() OVER () AS total_rows FROM (SELECT CAST(item, 'String') AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(mapFilter((k, v) -> bitAnd(bitShiftRight(k, 3), 31) = 7, item_counts.reviews)) AS reviews FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT code, argMax(name, (last_month, name)) AS name FROM names WHERE province = 44 AND kind = 'item' AND code IN ['1'] GROUP BY code;

SELECT toUInt16(served_on) AS day, sum(counts.generation) AS records, sum(arraySum(mapValues(counts.reviews))) AS counted, sum(counts.services) AS services FROM counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' GROUP BY day;

SELECT topics.number AS number, topics.name AS name, partition, toUInt32(audited_at) AS audited_at, first, cut, end, stored, gaps, missing FROM topics FINAL LEFT JOIN (SELECT * FROM audits FINAL WHERE audited_at > now() - INTERVAL 1 HOUR) AS audits ON audits.topic = topics.number ORDER BY number, partition;

SELECT uniqExactIf(position, NOT is_discarded) AS quarantined, uniqExactIf(position, is_discarded) AS discarded FROM (SELECT position, (topic, partition, offset) IN (SELECT topic, partition, offset FROM quarantine WHERE entry = 'discarded') AS is_discarded FROM records WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined');

WITH held AS
(
    SELECT * FROM class_counts FINAL
    WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' AND (served_on, generation) IN
        (SELECT served_on, max(generation) FROM class_counts WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' GROUP BY served_on)
)
SELECT days, sources, total_rows FROM
(
    SELECT groupArray((day, label, lines)) AS days FROM
    (
        SELECT toUInt16(served_on) AS day, any(generation) AS label,
            groupArray((topic, word, why, n)) AS lines
        FROM
        (
            SELECT served_on, generation, topic, toString(class) AS word, toString(reason) AS why, sum(records) AS n
            FROM held GROUP BY served_on, generation, topic, class, reason
        )
        GROUP BY served_on
    )
) AS by_day
CROSS JOIN
(
    SELECT arraySlice(arraySort(row -> (-row.4, row.1, row.2, row.3), groupArray((who, topic_of, partition_of, sum_of, lines))), 0 + 1, 100) AS sources,
        count() AS total_rows
    FROM
    (
        SELECT who, topic_of, partition_of, sum(n) AS sum_of, groupArray((word, why, n)) AS lines FROM
        (
            SELECT toString(source) AS who, topic AS topic_of, partition AS partition_of,
                toString(class) AS word, toString(reason) AS why, sum(records) AS n
            FROM held  GROUP BY who, topic_of, partition_of, word, why
        )
        GROUP BY who, topic_of, partition_of
    )
) AS by_source
SETTINGS enable_shared_storage_snapshot_in_query = 1;
