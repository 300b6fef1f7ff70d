-- 0015_active_rules

SELECT toString(now64(6));

INSERT INTO `records`(province,served_on,cell,case,service_no,kind,review,topic,partition,offset,revision,event,source,appended_at,subject,area,item,hall,window,channel,level,is_default,follow_up,rated_at,tags,text,review_id,action,reason) FORMAT Native;

INSERT INTO `names`(`province`,`kind`,`code`,`name`,`last_month`) FORMAT RowBinaryWithNamesAndTypes;

SELECT toUInt8(1) AS found FROM counts LIMIT 1;

INSERT INTO counts (rule, province, served_on, cell, generation, services, unreviewed, services_by_channel, reviews, set_aside)
SELECT toUInt16(1) AS rule, province, served_on, cell,
    sum(n) AS generation,
    countIf(is_service) AS services,
    countIf(is_service AND NOT is_reviewed) AS unreviewed,
    CAST(sumMapIf([toUInt8(service_channel)], [toUInt64(1)], is_service), 'Map(UInt8, UInt64)') AS services_by_channel,
    CAST(sumMapIf([winner], [toUInt64(1)], is_reviewed), 'Map(UInt16, UInt64)') AS reviews,
    CAST(sumMapIf([set_aside_group], [toUInt64(1)], is_only_set_aside), 'Map(UInt16, UInt64)') AS set_aside
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
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, records.rank AS rank, version, position,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE (province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\', [27, 93, 128, 204, 213, 372, 402, 471, 575, 615, 629, 801]), (44, \'2023-07-02\', [30, 46, 575, 597, 619, 801, 942]), (44, \'2023-07-03\', [318, 573, 781])]'), 'Array(Tuple(UInt8, Date, Array(UInt16)))')) AS row)) AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE (province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\', [27, 93, 128, 204, 213, 372, 402, 471, 575, 615, 629, 801]), (44, \'2023-07-02\', [30, 46, 575, 597, 619, 801, 942]), (44, \'2023-07-03\', [318, 573, 781])]'), 'Array(Tuple(UInt8, Date, Array(UInt16)))')) AS row))
)
GROUP BY province, served_on, cell, case, service_no)
GROUP BY province, served_on, cell
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

SELECT if(count() = 0, toUInt16(1), argMax(rule, activated_at)) AS rule FROM active_rules WHERE province = 44;

INSERT INTO case_counts (rule, province, month, cell, generation, cases, cases_by_channel, cases_by_group)
SELECT toUInt16(1) AS rule, province, month, cell,
    sum(n) AS generation,
    count() AS cases,
    CAST(sumMap(channels, arrayMap(channel -> toUInt64(1), channels)), 'Map(UInt8, UInt64)') AS cases_by_channel,
    CAST(sumMap(groups, arrayMap(group -> toUInt64(1), groups)), 'Map(UInt8, UInt64)') AS cases_by_group
FROM
(
    SELECT province, toStartOfMonth(served_on) AS month, cell, case, sum(n) AS n, groupUniqArray(channel) AS channels,
        groupUniqArray(transform(channel, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]::Array(UInt8), [1, 1, 1, 1, 1, 1, 2, 2, 2, 2]::Array(UInt8), 0::UInt8)) AS groups
    FROM
    (
        SELECT province, served_on, cell, case, service_no,
            uniqExact(position) AS n,
            toUInt8(argMax(CAST(channel, 'Int8'), version)) AS channel
        FROM records
        WHERE province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' AND cell IN (27, 30, 46, 93, 128, 204, 213, 318, 372, 402, 471, 573, 575, 597, 615, 619, 629, 781, 801, 942) AND kind = 'service'
        GROUP BY province, served_on, cell, case, service_no
    )
    GROUP BY province, month, cell, case
)
GROUP BY province, month, cell
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

SELECT province, served_on, count() AS records FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on;

SELECT *, count() OVER () AS total_rows FROM (SELECT toString(intDiv(area, 100) * 100) AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(item_counts.reviews) AS reviews FROM (SELECT * FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01') AS item_counts GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT toUInt8(1) AS found FROM counts WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' LIMIT 1;

SELECT toStartOfMonth(served_on) AS month, sumMap(mapFilter((k, v) -> bitAnd(k, 7) <= 2 AND bitAnd(bitShiftRight(k, 8), 15) > 0, counts.reviews)) AS reviews FROM (SELECT * FROM counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= addMonths(toDate('2023-07-01'), -toInt8(15)) AND served_on < '2023-07-01') AS counts GROUP BY month;

SELECT count() AS buckets, sum(counts.services) AS services, sum(counts.unreviewed) AS unreviewed, sumMap(counts.services_by_channel) AS services_by_channel, sumMap(counts.reviews) AS reviews, sumMap(counts.set_aside) AS set_aside FROM (SELECT * FROM counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01') AS counts;

SELECT count() AS cells, sum(case_counts.cases) AS cases, sumMap(case_counts.cases_by_channel) AS cases_by_channel, countIf(empty(case_counts.cases_by_group)) AS cells_without_groups, sumMap(case_counts.cases_by_group) AS cases_by_group FROM (SELECT * FROM case_counts FINAL WHERE rule = 1 AND province = 44 AND month >= '2023-07-01' AND month < '2023-08-01') AS case_counts;

INSERT INTO item_counts (rule, province, served_on, area, item, generation, services, unreviewed, reviews)
SELECT toUInt16(1) AS rule, province, served_on, named.county AS area, named.item_code AS item,
    day.generation AS generation, counted.services AS services, counted.unreviewed AS unreviewed, counted.reviews AS reviews
FROM
(
    SELECT province, served_on, place, any(toUInt32(intDiv(area, 1000000))) AS county, any(item) AS item_code
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND subject = 'service' AND kind IN ('service', 'review')
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
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, records.rank AS rank, version, position,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row))
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
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row))
    GROUP BY province, served_on
) AS day USING (province, served_on)
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

INSERT INTO class_counts (rule, province, served_on, source, topic, partition, class, reason, generation, records)
SELECT toUInt16(1) AS rule, province, served_on, source, topic, partition, class, reason,
    sum(count()) OVER (PARTITION BY province, served_on) AS generation,
    count() AS records
FROM (SELECT province, served_on, source, topic, partition, offset,
    multiIf(
        kind = 'service', 'service',
        subject != 'service', 'other_subject',
        follow_up, 'follow_up',
        'counted') AS class,
    '' AS reason
FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND NOT (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on, cell, case, service_no
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
        SELECT province, served_on, cell, case, service_no, source, topic, partition, offset, kind, review, revision, version, event, subject, follow_up, records.rank AS rank, action, reason
        FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on, cell, case, service_no
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)
        LIMIT 1 BY topic, partition, offset
    )
)))
GROUP BY province, served_on, source, topic, partition, class, reason
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

SELECT *, count() OVER () AS total_rows FROM (SELECT toString(area) AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(item_counts.reviews) AS reviews FROM (SELECT * FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01') AS item_counts GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT *, count() OVER () AS total_rows FROM (SELECT substring(CAST(item, 'String'), 1, 18) AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(item_counts.reviews) AS reviews FROM (SELECT * FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01') AS item_counts GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT code, argMax(name, (last_month, name)) AS name FROM names WHERE province = 44 AND kind = 'department' AND code IN ['11440000SIM000001X','11440000SIM000002X','11440000SIM000003X','11440000SIM000004X','11440000SIM000005X','11440000SIM000006X','11440000SIM000007X','11440000SIM000008X','11440000SIM000009X','11440000SIM000010X','11440000SIM000011X','11440000SIM000012X','11440000SIM000013X','11440000SIM000014X','11440000SIM000015X','11440000SIM000016X','11440000SIM000017X','11440000SIM000018X','11440000SIM000019X','11440000SIM000020X','11440000SIM000021X','11440000SIM000022X','11440000SIM000023X','11440000SIM000024X','11440000SIM000025X','114401060074567890'] GROUP BY code;

SELECT *, count() OVER () AS total_rows FROM (SELECT CAST(item, 'String') AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(item_counts.reviews) AS reviews FROM (SELECT * FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01') AS item_counts GROUP BY code HAVING services > 0 OR arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT *, count() OVER () AS total_rows FROM (SELECT CAST(item, 'String') AS code, sum(item_counts.services) AS services, sum(item_counts.unreviewed) AS unreviewed, sumMap(mapFilter((k, v) -> bitAnd(bitShiftRight(k, 3), 31) = 7, item_counts.reviews)) AS reviews FROM (SELECT * FROM item_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01') AS item_counts GROUP BY code HAVING arraySum(mapValues(reviews)) > 0) ORDER BY code LIMIT 100 OFFSET 0;

SELECT topics.number AS number, topics.name AS name, partition,
    toUInt32(audited_at) AS audited_at, first, cut, end, stored, gaps, missing, doubled, differs, quarantined, discarded
FROM topics FINAL LEFT JOIN
    (SELECT * FROM audits FINAL WHERE audited_at > fromUnixTimestamp(1795911175)) AS audits
    ON audits.topic = topics.number
ORDER BY number, partition;

SELECT toUInt16(served_on) AS day, sum(counts.generation) AS records,
    sum(arraySum(mapValues(counts.reviews))) AS counted, sum(counts.services) AS services
FROM (SELECT * FROM counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01') AS counts GROUP BY day;

WITH held AS (SELECT * FROM
(
    SELECT *, max(generation) OVER (PARTITION BY rule, province, served_on) AS greatest
    FROM (SELECT * FROM class_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01')
)
WHERE generation = greatest)
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
            SELECT toString(source) AS who, toUInt8(0) AS topic_of, toUInt16(0) AS partition_of,
                toString(class) AS word, toString(reason) AS why, sum(records) AS n
            FROM held  GROUP BY who, topic_of, partition_of, word, why
        )
        GROUP BY who, topic_of, partition_of
    )
) AS by_source
SETTINGS enable_shared_storage_snapshot_in_query = 1;

WITH held AS (SELECT * FROM
(
    SELECT *, max(generation) OVER (PARTITION BY rule, province, served_on) AS greatest
    FROM (SELECT * FROM class_counts FINAL WHERE rule = 1 AND province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01')
)
WHERE generation = greatest)
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

SELECT DISTINCT province, toStartOfMonth(served_on) AS month FROM counts WHERE ((province, rule) IN ( SELECT province, rule FROM active_rules FINAL ) OR rule = 1 AND province NOT IN ( SELECT province FROM active_rules )) ORDER BY province, month;

SELECT toStartOfMonth(served_on) AS month, sum(arraySum(mapValues(counts.reviews))) AS reviews FROM (SELECT * FROM counts FINAL WHERE rule = 1 AND province = 44) AS counts GROUP BY month ORDER BY month;

SELECT name, hash, fits_from FROM migrations FINAL ORDER BY name;

SELECT min(id) AS id FROM database_id;

SELECT number, name, id FROM topics FINAL ORDER BY number;

SELECT topic, partition, first FROM audits FINAL;

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
LEFT JOIN (SELECT topic, partition, offset, pointer, detail, event FROM quarantine FINAL WHERE entry = 'quarantined') AS entry
    USING (topic, partition, offset)
LEFT JOIN (SELECT topic, partition, offset, true AS is_discarded, toString(reason) AS discard_reason, note, decided_at FROM quarantine FINAL WHERE entry = 'discarded') AS discard
    USING (topic, partition, offset)
ORDER BY topic, partition, offset;

SELECT topic, partition, min(offset) AS lowest, groupBitmap(offset) AS offsets
FROM records WHERE offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) GROUP BY topic, partition;

SELECT topic, partition, offset, any(event) AS event FROM records
WHERE (topic, partition, offset) IN (SELECT topic, partition, max(offset) FROM records GROUP BY topic, partition)
GROUP BY topic, partition, offset ORDER BY topic, partition;

SELECT province, toUInt16(served_on) AS day, count() AS records FROM records
WHERE kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) GROUP BY province, served_on ORDER BY province, served_on;

SELECT province, toUInt16(served_on) AS day, source, topic, partition, class, reason, count() AS records
FROM (SELECT province, served_on, source, topic, partition, offset,
    multiIf(
        kind = 'service', 'service',
        subject != 'service', 'other_subject',
        follow_up, 'follow_up',
        'counted') AS class,
    '' AS reason
FROM records WHERE served_on IN ('2023-07-01', '2023-07-02', '2023-07-03', '2023-07-04', '2023-07-05', '2023-07-06', '2023-07-07', '2023-07-08', '2023-07-09', '2023-07-10', '2023-07-11', '2023-07-12', '2023-07-13', '2023-07-14', '2023-07-15', '2023-07-16', '2023-07-17', '2023-07-18', '2023-07-19', '2023-07-20', '2023-07-21', '2023-07-22', '2023-07-23', '2023-07-24', '2023-07-25', '2023-07-26', '2023-07-27', '2023-07-28', '2023-07-29', '2023-07-30', '2023-07-31') AND kind != 'quarantined' AND province = 44 AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) AND NOT (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE served_on IN ('2023-07-01', '2023-07-02', '2023-07-03', '2023-07-04', '2023-07-05', '2023-07-06', '2023-07-07', '2023-07-08', '2023-07-09', '2023-07-10', '2023-07-11', '2023-07-12', '2023-07-13', '2023-07-14', '2023-07-15', '2023-07-16', '2023-07-17', '2023-07-18', '2023-07-19', '2023-07-20', '2023-07-21', '2023-07-22', '2023-07-23', '2023-07-24', '2023-07-25', '2023-07-26', '2023-07-27', '2023-07-28', '2023-07-29', '2023-07-30', '2023-07-31') AND kind != 'quarantined' AND province = 44 AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) GROUP BY province, served_on, cell, case, service_no
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
        SELECT province, served_on, cell, case, service_no, source, topic, partition, offset, kind, review, revision, version, event, subject, follow_up, records.rank AS rank, action, reason
        FROM records WHERE served_on IN ('2023-07-01', '2023-07-02', '2023-07-03', '2023-07-04', '2023-07-05', '2023-07-06', '2023-07-07', '2023-07-08', '2023-07-09', '2023-07-10', '2023-07-11', '2023-07-12', '2023-07-13', '2023-07-14', '2023-07-15', '2023-07-16', '2023-07-17', '2023-07-18', '2023-07-19', '2023-07-20', '2023-07-21', '2023-07-22', '2023-07-23', '2023-07-24', '2023-07-25', '2023-07-26', '2023-07-27', '2023-07-28', '2023-07-29', '2023-07-30', '2023-07-31') AND kind != 'quarantined' AND province = 44 AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) AND (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE served_on IN ('2023-07-01', '2023-07-02', '2023-07-03', '2023-07-04', '2023-07-05', '2023-07-06', '2023-07-07', '2023-07-08', '2023-07-09', '2023-07-10', '2023-07-11', '2023-07-12', '2023-07-13', '2023-07-14', '2023-07-15', '2023-07-16', '2023-07-17', '2023-07-18', '2023-07-19', '2023-07-20', '2023-07-21', '2023-07-22', '2023-07-23', '2023-07-24', '2023-07-25', '2023-07-26', '2023-07-27', '2023-07-28', '2023-07-29', '2023-07-30', '2023-07-31') AND kind != 'quarantined' AND province = 44 AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) GROUP BY province, served_on, cell, case, service_no
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)
        LIMIT 1 BY topic, partition, offset
    )
))) GROUP BY province, served_on, source, topic, partition, class, reason
SETTINGS enable_shared_storage_snapshot_in_query = 1;

SELECT province, toUInt16(toStartOfMonth(served_on)) AS first_day, source, topic, partition, groupBitmap(offset) AS offsets
FROM records WHERE kind != 'quarantined' AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) GROUP BY province, first_day, source, topic, partition;

SELECT province, toUInt16(served_on) AS day, sum(generation) AS records, records AS classed,
    sum(c.services) AS services, sum(arraySum(mapValues(c.reviews))) AS counted
FROM (SELECT * FROM counts FINAL WHERE ((province, rule) IN ( SELECT province, rule FROM active_rules FINAL ) OR rule = 1 AND province NOT IN ( SELECT province FROM active_rules ))) AS c GROUP BY province, served_on;

SELECT DISTINCT topic, partition FROM records;

DROP TABLE IF EXISTS records_rebuilt SYNC;

CREATE TABLE records_rebuilt AS records;

INSERT INTO `records_rebuilt`(province,served_on,cell,case,service_no,kind,review,topic,partition,offset,revision,event,source,appended_at,subject,area,item,hall,window,channel,level,is_default,follow_up,rated_at,tags,text,review_id,action,reason) FORMAT Native;

SELECT count() FROM records FINAL WHERE offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [0, 0, 0, 0, 0, 0, 0, 0, 0]::Array(UInt64), 18446744073709551615::UInt64);

INSERT INTO records_rebuilt SELECT * FROM records FINAL WHERE offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [0, 0, 0, 0, 0, 0, 0, 0, 0]::Array(UInt64), 18446744073709551615::UInt64);

SELECT province, toUInt16(served_on) FROM (SELECT province, served_on, count() AS n, sum(cityHash64(*)) AS checksum FROM records FINAL WHERE offset >= transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [0, 0, 0, 0, 0, 0, 0, 0, 0]::Array(UInt64), 0::UInt64) AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) AND NOT (province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined' AND position IN (SELECT position FROM records_rebuilt
        WHERE kind != 'quarantined' AND position IN (SELECT position FROM records WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined'))) GROUP BY province, served_on) AS live FULL JOIN (SELECT province, served_on, count() AS n, sum(cityHash64(*)) AS checksum FROM records_rebuilt FINAL WHERE offset >= transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [0, 0, 0, 0, 0, 0, 0, 0, 0]::Array(UInt64), 0::UInt64) AND offset < transform(toUInt64(topic) * 65536 + partition, [65536, 65537, 65538, 131072, 131073, 131074, 196608, 196609, 196610]::Array(UInt64), [1250, 1214, 1167, 947, 940, 924, 34, 27, 27]::Array(UInt64), 0::UInt64) AND NOT (province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined' AND position IN (SELECT position FROM records_rebuilt
        WHERE kind != 'quarantined' AND position IN (SELECT position FROM records WHERE province = 0 AND served_on = '1970-01-01' AND kind = 'quarantined'))) GROUP BY province, served_on) AS rebuilt USING (province, served_on)
WHERE live.n != rebuilt.n OR live.checksum != rebuilt.checksum ORDER BY province, served_on;

EXCHANGE TABLES records AND records_rebuilt;

INSERT INTO loading_rule (rule) VALUES;

DROP TABLE IF EXISTS counts_rebuilt SYNC;

DROP TABLE IF EXISTS case_counts_rebuilt SYNC;

DROP TABLE IF EXISTS item_counts_rebuilt SYNC;

DROP TABLE IF EXISTS class_counts_rebuilt SYNC;

CREATE TABLE counts_rebuilt AS counts;

CREATE TABLE case_counts_rebuilt AS case_counts;

CREATE TABLE item_counts_rebuilt AS item_counts;

CREATE TABLE class_counts_rebuilt AS class_counts;

SELECT DISTINCT province, served_on, cell FROM records
WHERE toYYYYMM(served_on) = 202307 AND kind != 'quarantined';

INSERT INTO counts_rebuilt (rule, province, served_on, cell, generation, services, unreviewed, services_by_channel, reviews, set_aside)
SELECT toUInt16(1) AS rule, province, served_on, cell,
    sum(n) AS generation,
    countIf(is_service) AS services,
    countIf(is_service AND NOT is_reviewed) AS unreviewed,
    CAST(sumMapIf([toUInt8(service_channel)], [toUInt64(1)], is_service), 'Map(UInt8, UInt64)') AS services_by_channel,
    CAST(sumMapIf([winner], [toUInt64(1)], is_reviewed), 'Map(UInt16, UInt64)') AS reviews,
    CAST(sumMapIf([set_aside_group], [toUInt64(1)], is_only_set_aside), 'Map(UInt16, UInt64)') AS set_aside
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
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, records.rank AS rank, version, position,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE (province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\', [27, 93, 110, 114, 128, 165, 204, 213, 226, 230, 287, 292, 372, 395, 399, 402, 471, 519, 530, 543, 575, 593, 612, 615, 629, 660, 689, 763, 788, 801, 882, 901, 995]), (44, \'2023-07-02\', [30, 42, 46, 62, 206, 249, 276, 329, 535, 542, 575, 597, 612, 619, 629, 740, 754, 792, 801, 844, 942]), (44, \'2023-07-03\', [1, 6, 14, 23, 26, 28, 30, 33, 43, 62, 66, 99, 112, 116, 131, 158, 161, 162, 182, 185, 193, 194, 200, 212, 218, 231, 245, 249, 254, 265, 266, 279, 300, 311, 313, 318, 329, 345, 353, 365, 367, 388, 392, 395, 399, 405, 407, 412, 418, 431, 441, 464, 471, 492, 493, 495, 512, 533, 542, 553, 554, 555, 573, 586, 599, 611, 623, 629, 638, 655, 664, 666, 669, 675, 682, 703, 706, 714, 723, 725, 728, 739, 748, 763, 778, 781, 782, 788, 792, 801, 806, 814, 843, 844, 845, 849, 859, 865, 870, 875, 896, 917, 919, 922, 927, 942, 944, 974, 975, 978, 989]), (44, \'2023-07-04\', [16, 24, 42, 46, 50, 60, 67, 73, 98, 103, 131, 147, 161, 167, 172, 176, 184, 185, 200, 215, 233, 235, 254, 263, 277, 293, 298, 302, 316, 334, 335, 337, 345, 360, 369, 390, 392, 397, 404, 406, 413, 429, 431, 434, 454, 465, 471, 482, 485, 486, 490, 536, 550, 552, 555, 569, 577, 583, 590, 596, 600, 603, 612, 622, 626, 655, 660, 661, 669, 670, 676, 682, 703, 704, 716, 724, 725, 729, 737, 739, 749, 758, 763, 765, 767, 783, 788, 790, 792, 841, 847, 848, 851, 865, 926, 938, 985, 988, 991, 996, 1003, 1019]), (44, \'2023-07-05\', [9, 10, 24, 26, 30, 41, 42, 54, 57, 101, 102, 103, 111, 113, 153, 166, 173, 176, 184, 191, 193, 210, 215, 220, 233, 238, 248, 249, 256, 260, 275, 280, 306, 312, 316, 324, 326, 329, 339, 340, 360, 368, 386, 392, 399, 401, 406, 413, 414, 418, 443, 445, 465, 477, 480, 481, 510, 511, 519, 536, 552, 553, 557, 559, 581, 586, 604, 632, 633, 655, 656, 674, 675, 689, 697, 707, 716, 739, 747, 749, 757, 791, 802, 809, 846, 852, 864, 877, 878, 910, 920, 924, 925, 927, 954, 963, 964, 983, 984]), (44, \'2023-07-06\', [33, 34, 39, 108, 114, 116, 122, 132, 136, 137, 143, 149, 157, 171, 189, 206, 221, 224, 225, 230, 234, 245, 276, 292, 297, 298, 332, 341, 345, 360, 365, 374, 383, 391, 392, 394, 471, 480, 486, 498, 499, 506, 511, 551, 554, 570, 575, 583, 584, 590, 599, 600, 606, 608, 610, 611, 612, 620, 626, 628, 651, 671, 705, 709, 721, 725, 727, 746, 747, 760, 765, 768, 769, 770, 794, 796, 797, 800, 835, 846, 853, 856, 884, 894, 901, 917, 937, 952, 965, 996, 1004, 1010, 1018, 1021]), (44, \'2023-07-07\', [3, 7, 24, 32, 44, 50, 67, 78, 105, 114, 115, 120, 131, 134, 143, 162, 171, 173, 182, 194, 205, 212, 220, 223, 232, 250, 258, 262, 263, 265, 273, 277, 290, 301, 314, 318, 328, 350, 360, 383, 391, 398, 401, 416, 420, 430, 449, 480, 484, 485, 487, 506, 509, 516, 537, 542, 543, 546, 549, 558, 563, 573, 579, 580, 615, 619, 639, 650, 654, 658, 661, 663, 668, 681, 701, 707, 714, 718, 721, 727, 730, 731, 739, 741, 769, 770, 775, 778, 784, 811, 813, 842, 856, 857, 865, 876, 877, 887, 900, 910, 942, 949, 959, 962, 994, 1001]), (44, \'2023-07-08\', [24, 62, 129, 131, 146, 158, 160, 171, 189, 223, 265, 299, 303, 316, 356, 380, 392, 404, 415, 420, 430, 482, 510, 511, 533, 546, 549, 553, 570, 584, 610, 615, 623, 629, 651, 671, 696, 702, 727, 728, 748, 768, 856, 858, 909, 917, 920, 945, 956, 971, 1002, 1013]), (44, \'2023-07-09\', [32, 38, 50, 117, 142, 143, 180, 225, 318, 343, 350, 380, 388, 413, 490, 543, 546, 562, 573, 636, 653, 689, 741, 760, 778, 792, 805, 847, 856, 865, 938, 944, 956]), (44, \'2023-07-10\', [1, 3, 5, 12, 25, 30, 33, 39, 61, 68, 84, 109, 117, 120, 131, 133, 143, 145, 149, 160, 164, 167, 169, 180, 182, 186, 189, 192, 206, 208, 214, 221, 227, 229, 248, 251, 265, 270, 275, 277, 279, 287, 299, 308, 309, 310, 318, 325, 334, 335, 339, 346, 350, 355, 357, 367, 368, 369, 376, 377, 380, 382, 398, 415, 416, 417, 424, 446, 448, 455, 470, 510, 518, 530, 535, 540, 549, 554, 557, 573, 575, 576, 588, 597, 602, 618, 649, 651, 654, 660, 675, 677, 681, 717, 721, 730, 732, 739, 742, 743, 747, 770, 777, 783, 788, 797, 798, 811, 839, 843, 844, 846, 848, 850, 854, 856, 865, 867, 874, 888, 893, 900, 904, 905, 907, 915, 916, 917, 919, 928, 930, 934, 939, 949, 951, 966, 968, 982, 988, 991, 995, 1002]), (44, \'2023-07-11\', [14, 24, 26, 52, 66, 70, 73, 82, 85, 89, 110, 111, 123, 128, 131, 138, 146, 166, 175, 208, 213, 215, 226, 238, 245, 249, 251, 255, 269, 277, 284, 287, 290, 295, 305, 310, 325, 340, 341, 344, 367, 397, 398, 404, 406, 409, 415, 451, 458, 462, 467, 490, 495, 505, 507, 509, 540, 543, 544, 549, 564, 587, 596, 624, 633, 637, 658, 678, 703, 726, 727, 741, 753, 760, 765, 774, 776, 784, 788, 800, 817, 849, 854, 861, 876, 881, 889, 905, 921, 925, 929, 938, 942, 944, 971, 983, 1000, 1011, 1023]), (44, \'2023-07-12\', [0, 13, 19, 21, 45, 61, 70, 80, 86, 94, 105, 114, 121, 123, 143, 160, 161, 165, 174, 176, 180, 209, 214, 226, 229, 240, 242, 248, 250, 256, 259, 263, 290, 302, 322, 327, 328, 333, 346, 360, 373, 377, 380, 386, 399, 406, 409, 410, 413, 418, 438, 441, 454, 456, 462, 465, 477, 481, 505, 519, 523, 530, 536, 540, 546, 550, 558, 567, 571, 590, 618, 621, 633, 636, 639, 658, 660, 662, 668, 686, 726, 729, 742, 745, 750, 758, 771, 778, 783, 784, 804, 806, 808, 812, 815, 836, 837, 842, 844, 847, 862, 863, 875, 881, 884, 910, 921, 934, 960, 973, 984, 991, 1007, 1010, 1014, 1018]), (44, \'2023-07-13\', [14, 24, 30, 57, 73, 80, 85, 89, 100, 102, 114, 122, 125, 143, 149, 169, 170, 175, 194, 207, 221, 223, 229, 234, 237, 255, 257, 274, 293, 302, 311, 315, 317, 318, 328, 343, 347, 354, 355, 361, 365, 371, 374, 407, 409, 413, 423, 433, 461, 487, 491, 493, 524, 547, 550, 581, 592, 594, 603, 604, 611, 623, 627, 629, 630, 633, 636, 643, 647, 648, 650, 660, 667, 672, 673, 679, 686, 706, 717, 718, 727, 729, 755, 764, 772, 778, 795, 801, 804, 836, 843, 844, 866, 877, 898, 921, 931, 932, 942, 944, 965, 968, 971, 979, 982, 983, 1010, 1014, 1017, 1018, 1019]), (44, \'2023-07-14\', [8, 11, 13, 25, 40, 54, 70, 84, 87, 89, 100, 102, 107, 121, 122, 131, 135, 138, 166, 184, 215, 218, 232, 237, 242, 244, 263, 264, 271, 281, 294, 298, 315, 328, 335, 340, 360, 365, 381, 385, 392, 404, 407, 413, 420, 421, 430, 431, 440, 442, 456, 465, 487, 489, 493, 499, 513, 518, 521, 527, 537, 548, 550, 571, 574, 575, 580, 589, 590, 593, 618, 620, 635, 636, 647, 661, 668, 691, 700, 719, 720, 726, 732, 734, 770, 773, 778, 779, 784, 787, 788, 806, 831, 842, 843, 856, 861, 879, 899, 904, 920, 942, 944, 948, 951, 960, 962, 987, 993, 1019]), (44, \'2023-07-15\', [21, 24, 39, 46, 66, 70, 116, 128, 143, 149, 159, 165, 166, 167, 170, 174, 211, 235, 264, 278, 302, 318, 365, 404, 407, 422, 429, 438, 470, 507, 514, 574, 610, 612, 636, 642, 647, 668, 682, 691, 706, 727, 764, 777, 798, 815, 831, 837, 842, 843, 844, 863, 872, 913, 921, 939, 948, 997, 1000, 1014]), (44, \'2023-07-16\', [13, 24, 71, 85, 88, 100, 102, 107, 111, 119, 131, 143, 234, 281, 328, 360, 430, 485, 506, 579, 581, 592, 622, 623, 624, 636, 647, 668, 706, 768, 843, 880, 899, 918, 945, 966, 968, 976]), (44, \'2023-07-17\', [9, 25, 30, 34, 37, 39, 64, 67, 69, 72, 75, 84, 89, 94, 98, 100, 103, 109, 114, 131, 145, 147, 155, 158, 159, 160, 163, 165, 167, 173, 187, 191, 202, 207, 216, 229, 230, 245, 248, 249, 256, 262, 263, 268, 280, 293, 305, 309, 320, 338, 343, 344, 350, 351, 353, 354, 355, 365, 367, 377, 379, 386, 390, 396, 401, 407, 413, 420, 423, 429, 436, 445, 455, 467, 469, 477, 482, 483, 487, 507, 511, 517, 518, 528, 531, 537, 540, 555, 559, 570, 580, 581, 612, 618, 636, 638, 646, 660, 668, 675, 700, 729, 730, 732, 744, 746, 758, 778, 792, 795, 801, 804, 805, 814, 815, 822, 842, 862, 863, 878, 899, 905, 910, 914, 916, 918, 920, 922, 925, 931, 934, 936, 939, 943, 944, 945, 947, 968, 979, 980, 984, 1012, 1014, 1023]), (44, \'2023-07-18\', [14, 23, 24, 33, 36, 39, 49, 73, 84, 93, 119, 125, 130, 132, 140, 158, 161, 164, 165, 171, 173, 184, 191, 196, 215, 216, 220, 235, 241, 256, 274, 277, 284, 290, 295, 304, 305, 315, 320, 329, 334, 335, 343, 345, 346, 350, 354, 355, 367, 369, 371, 377, 382, 389, 394, 426, 429, 435, 448, 453, 456, 461, 467, 477, 498, 506, 512, 532, 537, 542, 546, 559, 581, 590, 594, 604, 607, 619, 631, 636, 637, 646, 666, 669, 670, 671, 675, 693, 697, 705, 709, 711, 720, 728, 745, 750, 768, 775, 781, 785, 815, 829, 848, 880, 883, 903, 909, 914, 917, 923, 927, 929, 933, 939, 940, 967, 973, 980, 1011, 1020, 1021]), (44, \'2023-07-19\', [8, 21, 23, 24, 25, 29, 34, 75, 81, 84, 86, 91, 103, 117, 126, 129, 132, 133, 143, 155, 158, 160, 177, 215, 226, 234, 240, 241, 248, 250, 255, 257, 278, 282, 305, 310, 338, 343, 344, 345, 358, 428, 445, 448, 451, 468, 487, 503, 504, 516, 531, 537, 538, 541, 542, 546, 560, 565, 569, 581, 585, 593, 599, 606, 610, 613, 634, 637, 638, 651, 656, 658, 660, 668, 707, 730, 735, 741, 761, 778, 781, 785, 786, 792, 807, 817, 839, 843, 849, 852, 871, 873, 883, 887, 898, 899, 910, 912, 917, 921, 928, 932, 936, 945, 958, 960, 965, 971, 975, 976, 984, 991, 992, 1006, 1014]), (44, \'2023-07-20\', [3, 16, 18, 29, 45, 57, 59, 61, 69, 111, 112, 123, 140, 142, 147, 158, 173, 175, 185, 186, 208, 226, 230, 234, 241, 245, 262, 265, 294, 305, 310, 319, 320, 322, 345, 348, 354, 355, 358, 363, 369, 372, 373, 387, 389, 390, 407, 429, 448, 451, 456, 476, 477, 491, 502, 503, 505, 506, 515, 516, 526, 540, 542, 548, 550, 558, 570, 575, 586, 590, 594, 598, 616, 618, 623, 630, 634, 638, 642, 644, 654, 669, 670, 685, 711, 725, 736, 752, 753, 755, 772, 786, 792, 814, 820, 830, 835, 849, 850, 889, 896, 898, 900, 912, 917, 922, 930, 966, 970, 980, 984, 987, 997, 1001, 1009, 1010, 1020]), (44, \'2023-07-21\', [7, 14, 20, 29, 32, 38, 59, 65, 75, 86, 98, 111, 130, 137, 144, 155, 159, 164, 169, 175, 188, 196, 207, 218, 228, 234, 262, 263, 295, 298, 303, 309, 329, 342, 354, 362, 370, 378, 382, 388, 393, 396, 397, 404, 410, 413, 428, 429, 443, 447, 456, 462, 465, 475, 476, 484, 495, 507, 516, 517, 520, 538, 541, 546, 555, 558, 569, 581, 590, 592, 598, 609, 612, 616, 629, 634, 647, 650, 663, 664, 686, 687, 694, 706, 715, 724, 735, 738, 739, 757, 760, 771, 775, 778, 779, 780, 786, 797, 837, 841, 842, 866, 867, 877, 883, 888, 894, 899, 904, 912, 926, 928, 933, 945, 976, 987, 1006, 1008, 1014, 1020]), (44, \'2023-07-22\', [11, 25, 30, 49, 51, 75, 105, 111, 125, 131, 133, 144, 159, 206, 225, 226, 257, 262, 264, 289, 302, 320, 339, 358, 373, 396, 420, 429, 430, 477, 487, 495, 498, 501, 504, 506, 515, 524, 559, 564, 591, 642, 645, 658, 660, 677, 721, 724, 754, 798, 806, 839, 840, 844, 852, 865, 899, 964, 983, 984, 994, 997, 1012]), (44, \'2023-07-23\', [7, 26, 52, 82, 91, 118, 144, 155, 184, 208, 226, 241, 257, 353, 378, 457, 484, 487, 516, 526, 558, 590, 591, 630, 635, 641, 643, 646, 754, 761, 790, 801, 874, 889, 925, 948, 981, 994, 1012, 1014]), (44, \'2023-07-24\', [7, 32, 40, 49, 63, 81, 91, 96, 98, 99, 102, 103, 110, 115, 121, 139, 140, 143, 149, 151, 156, 162, 173, 175, 186, 189, 192, 207, 208, 225, 232, 235, 241, 250, 254, 259, 262, 265, 270, 271, 285, 289, 294, 307, 332, 338, 340, 350, 360, 362, 364, 365, 369, 374, 375, 385, 386, 389, 391, 392, 405, 414, 417, 418, 446, 450, 457, 467, 470, 476, 477, 484, 487, 491, 498, 506, 522, 524, 536, 538, 539, 558, 559, 579, 580, 589, 591, 592, 597, 604, 610, 612, 622, 623, 635, 638, 643, 646, 651, 653, 658, 672, 691, 694, 718, 724, 735, 739, 754, 783, 784, 785, 793, 794, 797, 801, 805, 807, 814, 817, 835, 840, 844, 855, 861, 862, 872, 889, 895, 899, 913, 935, 939, 943, 946, 947, 957, 964, 965, 997, 1005, 1010, 1020, 1023]), (44, \'2023-07-25\', [0, 7, 10, 38, 40, 49, 55, 59, 63, 64, 65, 74, 75, 86, 92, 98, 101, 106, 114, 118, 124, 125, 132, 143, 150, 153, 207, 208, 210, 224, 227, 233, 241, 265, 268, 282, 285, 290, 299, 327, 331, 335, 343, 345, 355, 361, 374, 377, 381, 391, 410, 414, 446, 463, 481, 500, 517, 519, 527, 536, 538, 540, 547, 549, 557, 558, 579, 583, 590, 591, 592, 597, 604, 610, 622, 630, 635, 643, 645, 665, 670, 691, 692, 706, 713, 724, 744, 745, 754, 759, 772, 781, 794, 798, 830, 837, 844, 860, 862, 870, 875, 890, 898, 902, 904, 912, 914, 915, 917, 922, 932, 942, 948, 955, 963, 978, 982, 983, 995, 1001, 1004, 1005, 1007, 1011, 1014, 1016]), (44, \'2023-07-26\', [12, 13, 38, 40, 49, 60, 65, 78, 81, 82, 92, 94, 98, 99, 103, 107, 116, 143, 144, 147, 163, 166, 171, 184, 208, 210, 212, 216, 227, 228, 231, 234, 253, 286, 287, 292, 299, 303, 304, 308, 324, 326, 334, 336, 337, 340, 348, 360, 370, 374, 381, 382, 394, 395, 413, 416, 422, 427, 448, 450, 455, 475, 489, 497, 506, 508, 522, 538, 542, 549, 553, 574, 576, 586, 589, 592, 611, 650, 671, 676, 694, 714, 724, 752, 755, 765, 766, 777, 785, 796, 797, 805, 807, 819, 822, 826, 830, 835, 837, 858, 862, 866, 872, 875, 879, 883, 895, 901, 902, 903, 909, 917, 921, 955, 984, 990, 997]), (44, \'2023-07-27\', [1, 11, 14, 15, 29, 32, 51, 53, 62, 66, 76, 78, 82, 83, 92, 100, 103, 109, 115, 116, 121, 124, 125, 140, 142, 147, 149, 155, 156, 163, 169, 194, 195, 203, 224, 227, 228, 234, 241, 245, 247, 261, 285, 287, 288, 299, 301, 308, 324, 331, 335, 355, 365, 370, 377, 378, 401, 403, 413, 443, 452, 453, 458, 461, 471, 476, 479, 481, 482, 487, 500, 505, 515, 519, 530, 542, 547, 549, 552, 564, 572, 574, 605, 607, 610, 611, 612, 620, 622, 625, 628, 636, 637, 642, 665, 692, 700, 708, 714, 717, 723, 724, 745, 752, 765, 773, 777, 778, 792, 804, 817, 819, 830, 832, 833, 889, 909, 913, 917, 920, 929, 937, 943, 965, 978, 987, 991]), (44, \'2023-07-28\', [14, 22, 24, 32, 34, 51, 57, 59, 62, 64, 71, 77, 79, 81, 84, 97, 100, 103, 107, 112, 124, 125, 137, 144, 146, 149, 161, 162, 163, 168, 194, 198, 202, 222, 240, 262, 268, 287, 288, 337, 341, 345, 348, 352, 355, 358, 361, 363, 374, 376, 379, 402, 413, 422, 439, 450, 460, 468, 496, 498, 512, 517, 518, 533, 534, 538, 540, 569, 586, 591, 607, 611, 612, 632, 634, 636, 640, 650, 661, 667, 670, 679, 687, 700, 725, 744, 760, 774, 778, 781, 786, 792, 797, 815, 824, 825, 831, 832, 835, 838, 839, 849, 861, 862, 870, 901, 912, 917, 918, 931, 932, 933, 935, 948, 950, 959, 963, 967, 980, 1004, 1008, 1011]), (44, \'2023-07-29\', [40, 42, 64, 66, 82, 84, 98, 103, 115, 125, 134, 144, 159, 164, 192, 194, 203, 212, 216, 259, 262, 299, 309, 337, 345, 421, 428, 475, 490, 534, 537, 538, 580, 601, 611, 632, 655, 664, 666, 679, 687, 690, 715, 718, 721, 734, 753, 781, 792, 797, 814, 822, 894, 945, 967, 980, 982, 998]), (44, \'2023-07-30\', [32, 75, 93, 103, 109, 114, 115, 124, 132, 156, 163, 164, 194, 202, 274, 287, 299, 345, 350, 385, 413, 435, 437, 496, 506, 515, 518, 546, 549, 557, 580, 587, 590, 611, 646, 683, 700, 718, 721, 742, 753, 761, 772, 792, 799, 820, 852, 853, 860, 929, 954, 962, 1004, 1008]), (44, \'2023-07-31\', [0, 6, 12, 18, 25, 26, 29, 41, 52, 55, 56, 57, 60, 63, 64, 68, 70, 72, 77, 78, 81, 89, 93, 100, 104, 112, 116, 136, 139, 142, 164, 169, 176, 189, 194, 197, 198, 202, 207, 213, 222, 240, 241, 254, 259, 262, 271, 287, 292, 294, 298, 299, 301, 314, 321, 323, 331, 334, 337, 345, 351, 352, 353, 354, 362, 363, 365, 367, 370, 375, 381, 390, 394, 396, 413, 415, 421, 428, 435, 442, 445, 446, 455, 457, 465, 471, 476, 487, 513, 517, 518, 519, 530, 533, 536, 540, 542, 546, 547, 549, 552, 554, 561, 569, 580, 587, 610, 622, 626, 632, 634, 638, 667, 678, 679, 687, 688, 694, 696, 697, 715, 718, 739, 742, 746, 755, 761, 772, 774, 784, 789, 790, 792, 795, 810, 817, 821, 822, 829, 844, 847, 852, 861, 862, 867, 868, 883, 889, 890, 895, 899, 901, 903, 905, 909, 910, 912, 914, 917, 920, 922, 929, 932, 938, 945, 970, 972, 1007, 1009, 1018])]'), 'Array(Tuple(UInt8, Date, Array(UInt16)))')) AS row)) AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE (province, served_on, cell) IN (SELECT row.1, row.2, arrayJoin(row.3) FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\', [27, 93, 110, 114, 128, 165, 204, 213, 226, 230, 287, 292, 372, 395, 399, 402, 471, 519, 530, 543, 575, 593, 612, 615, 629, 660, 689, 763, 788, 801, 882, 901, 995]), (44, \'2023-07-02\', [30, 42, 46, 62, 206, 249, 276, 329, 535, 542, 575, 597, 612, 619, 629, 740, 754, 792, 801, 844, 942]), (44, \'2023-07-03\', [1, 6, 14, 23, 26, 28, 30, 33, 43, 62, 66, 99, 112, 116, 131, 158, 161, 162, 182, 185, 193, 194, 200, 212, 218, 231, 245, 249, 254, 265, 266, 279, 300, 311, 313, 318, 329, 345, 353, 365, 367, 388, 392, 395, 399, 405, 407, 412, 418, 431, 441, 464, 471, 492, 493, 495, 512, 533, 542, 553, 554, 555, 573, 586, 599, 611, 623, 629, 638, 655, 664, 666, 669, 675, 682, 703, 706, 714, 723, 725, 728, 739, 748, 763, 778, 781, 782, 788, 792, 801, 806, 814, 843, 844, 845, 849, 859, 865, 870, 875, 896, 917, 919, 922, 927, 942, 944, 974, 975, 978, 989]), (44, \'2023-07-04\', [16, 24, 42, 46, 50, 60, 67, 73, 98, 103, 131, 147, 161, 167, 172, 176, 184, 185, 200, 215, 233, 235, 254, 263, 277, 293, 298, 302, 316, 334, 335, 337, 345, 360, 369, 390, 392, 397, 404, 406, 413, 429, 431, 434, 454, 465, 471, 482, 485, 486, 490, 536, 550, 552, 555, 569, 577, 583, 590, 596, 600, 603, 612, 622, 626, 655, 660, 661, 669, 670, 676, 682, 703, 704, 716, 724, 725, 729, 737, 739, 749, 758, 763, 765, 767, 783, 788, 790, 792, 841, 847, 848, 851, 865, 926, 938, 985, 988, 991, 996, 1003, 1019]), (44, \'2023-07-05\', [9, 10, 24, 26, 30, 41, 42, 54, 57, 101, 102, 103, 111, 113, 153, 166, 173, 176, 184, 191, 193, 210, 215, 220, 233, 238, 248, 249, 256, 260, 275, 280, 306, 312, 316, 324, 326, 329, 339, 340, 360, 368, 386, 392, 399, 401, 406, 413, 414, 418, 443, 445, 465, 477, 480, 481, 510, 511, 519, 536, 552, 553, 557, 559, 581, 586, 604, 632, 633, 655, 656, 674, 675, 689, 697, 707, 716, 739, 747, 749, 757, 791, 802, 809, 846, 852, 864, 877, 878, 910, 920, 924, 925, 927, 954, 963, 964, 983, 984]), (44, \'2023-07-06\', [33, 34, 39, 108, 114, 116, 122, 132, 136, 137, 143, 149, 157, 171, 189, 206, 221, 224, 225, 230, 234, 245, 276, 292, 297, 298, 332, 341, 345, 360, 365, 374, 383, 391, 392, 394, 471, 480, 486, 498, 499, 506, 511, 551, 554, 570, 575, 583, 584, 590, 599, 600, 606, 608, 610, 611, 612, 620, 626, 628, 651, 671, 705, 709, 721, 725, 727, 746, 747, 760, 765, 768, 769, 770, 794, 796, 797, 800, 835, 846, 853, 856, 884, 894, 901, 917, 937, 952, 965, 996, 1004, 1010, 1018, 1021]), (44, \'2023-07-07\', [3, 7, 24, 32, 44, 50, 67, 78, 105, 114, 115, 120, 131, 134, 143, 162, 171, 173, 182, 194, 205, 212, 220, 223, 232, 250, 258, 262, 263, 265, 273, 277, 290, 301, 314, 318, 328, 350, 360, 383, 391, 398, 401, 416, 420, 430, 449, 480, 484, 485, 487, 506, 509, 516, 537, 542, 543, 546, 549, 558, 563, 573, 579, 580, 615, 619, 639, 650, 654, 658, 661, 663, 668, 681, 701, 707, 714, 718, 721, 727, 730, 731, 739, 741, 769, 770, 775, 778, 784, 811, 813, 842, 856, 857, 865, 876, 877, 887, 900, 910, 942, 949, 959, 962, 994, 1001]), (44, \'2023-07-08\', [24, 62, 129, 131, 146, 158, 160, 171, 189, 223, 265, 299, 303, 316, 356, 380, 392, 404, 415, 420, 430, 482, 510, 511, 533, 546, 549, 553, 570, 584, 610, 615, 623, 629, 651, 671, 696, 702, 727, 728, 748, 768, 856, 858, 909, 917, 920, 945, 956, 971, 1002, 1013]), (44, \'2023-07-09\', [32, 38, 50, 117, 142, 143, 180, 225, 318, 343, 350, 380, 388, 413, 490, 543, 546, 562, 573, 636, 653, 689, 741, 760, 778, 792, 805, 847, 856, 865, 938, 944, 956]), (44, \'2023-07-10\', [1, 3, 5, 12, 25, 30, 33, 39, 61, 68, 84, 109, 117, 120, 131, 133, 143, 145, 149, 160, 164, 167, 169, 180, 182, 186, 189, 192, 206, 208, 214, 221, 227, 229, 248, 251, 265, 270, 275, 277, 279, 287, 299, 308, 309, 310, 318, 325, 334, 335, 339, 346, 350, 355, 357, 367, 368, 369, 376, 377, 380, 382, 398, 415, 416, 417, 424, 446, 448, 455, 470, 510, 518, 530, 535, 540, 549, 554, 557, 573, 575, 576, 588, 597, 602, 618, 649, 651, 654, 660, 675, 677, 681, 717, 721, 730, 732, 739, 742, 743, 747, 770, 777, 783, 788, 797, 798, 811, 839, 843, 844, 846, 848, 850, 854, 856, 865, 867, 874, 888, 893, 900, 904, 905, 907, 915, 916, 917, 919, 928, 930, 934, 939, 949, 951, 966, 968, 982, 988, 991, 995, 1002]), (44, \'2023-07-11\', [14, 24, 26, 52, 66, 70, 73, 82, 85, 89, 110, 111, 123, 128, 131, 138, 146, 166, 175, 208, 213, 215, 226, 238, 245, 249, 251, 255, 269, 277, 284, 287, 290, 295, 305, 310, 325, 340, 341, 344, 367, 397, 398, 404, 406, 409, 415, 451, 458, 462, 467, 490, 495, 505, 507, 509, 540, 543, 544, 549, 564, 587, 596, 624, 633, 637, 658, 678, 703, 726, 727, 741, 753, 760, 765, 774, 776, 784, 788, 800, 817, 849, 854, 861, 876, 881, 889, 905, 921, 925, 929, 938, 942, 944, 971, 983, 1000, 1011, 1023]), (44, \'2023-07-12\', [0, 13, 19, 21, 45, 61, 70, 80, 86, 94, 105, 114, 121, 123, 143, 160, 161, 165, 174, 176, 180, 209, 214, 226, 229, 240, 242, 248, 250, 256, 259, 263, 290, 302, 322, 327, 328, 333, 346, 360, 373, 377, 380, 386, 399, 406, 409, 410, 413, 418, 438, 441, 454, 456, 462, 465, 477, 481, 505, 519, 523, 530, 536, 540, 546, 550, 558, 567, 571, 590, 618, 621, 633, 636, 639, 658, 660, 662, 668, 686, 726, 729, 742, 745, 750, 758, 771, 778, 783, 784, 804, 806, 808, 812, 815, 836, 837, 842, 844, 847, 862, 863, 875, 881, 884, 910, 921, 934, 960, 973, 984, 991, 1007, 1010, 1014, 1018]), (44, \'2023-07-13\', [14, 24, 30, 57, 73, 80, 85, 89, 100, 102, 114, 122, 125, 143, 149, 169, 170, 175, 194, 207, 221, 223, 229, 234, 237, 255, 257, 274, 293, 302, 311, 315, 317, 318, 328, 343, 347, 354, 355, 361, 365, 371, 374, 407, 409, 413, 423, 433, 461, 487, 491, 493, 524, 547, 550, 581, 592, 594, 603, 604, 611, 623, 627, 629, 630, 633, 636, 643, 647, 648, 650, 660, 667, 672, 673, 679, 686, 706, 717, 718, 727, 729, 755, 764, 772, 778, 795, 801, 804, 836, 843, 844, 866, 877, 898, 921, 931, 932, 942, 944, 965, 968, 971, 979, 982, 983, 1010, 1014, 1017, 1018, 1019]), (44, \'2023-07-14\', [8, 11, 13, 25, 40, 54, 70, 84, 87, 89, 100, 102, 107, 121, 122, 131, 135, 138, 166, 184, 215, 218, 232, 237, 242, 244, 263, 264, 271, 281, 294, 298, 315, 328, 335, 340, 360, 365, 381, 385, 392, 404, 407, 413, 420, 421, 430, 431, 440, 442, 456, 465, 487, 489, 493, 499, 513, 518, 521, 527, 537, 548, 550, 571, 574, 575, 580, 589, 590, 593, 618, 620, 635, 636, 647, 661, 668, 691, 700, 719, 720, 726, 732, 734, 770, 773, 778, 779, 784, 787, 788, 806, 831, 842, 843, 856, 861, 879, 899, 904, 920, 942, 944, 948, 951, 960, 962, 987, 993, 1019]), (44, \'2023-07-15\', [21, 24, 39, 46, 66, 70, 116, 128, 143, 149, 159, 165, 166, 167, 170, 174, 211, 235, 264, 278, 302, 318, 365, 404, 407, 422, 429, 438, 470, 507, 514, 574, 610, 612, 636, 642, 647, 668, 682, 691, 706, 727, 764, 777, 798, 815, 831, 837, 842, 843, 844, 863, 872, 913, 921, 939, 948, 997, 1000, 1014]), (44, \'2023-07-16\', [13, 24, 71, 85, 88, 100, 102, 107, 111, 119, 131, 143, 234, 281, 328, 360, 430, 485, 506, 579, 581, 592, 622, 623, 624, 636, 647, 668, 706, 768, 843, 880, 899, 918, 945, 966, 968, 976]), (44, \'2023-07-17\', [9, 25, 30, 34, 37, 39, 64, 67, 69, 72, 75, 84, 89, 94, 98, 100, 103, 109, 114, 131, 145, 147, 155, 158, 159, 160, 163, 165, 167, 173, 187, 191, 202, 207, 216, 229, 230, 245, 248, 249, 256, 262, 263, 268, 280, 293, 305, 309, 320, 338, 343, 344, 350, 351, 353, 354, 355, 365, 367, 377, 379, 386, 390, 396, 401, 407, 413, 420, 423, 429, 436, 445, 455, 467, 469, 477, 482, 483, 487, 507, 511, 517, 518, 528, 531, 537, 540, 555, 559, 570, 580, 581, 612, 618, 636, 638, 646, 660, 668, 675, 700, 729, 730, 732, 744, 746, 758, 778, 792, 795, 801, 804, 805, 814, 815, 822, 842, 862, 863, 878, 899, 905, 910, 914, 916, 918, 920, 922, 925, 931, 934, 936, 939, 943, 944, 945, 947, 968, 979, 980, 984, 1012, 1014, 1023]), (44, \'2023-07-18\', [14, 23, 24, 33, 36, 39, 49, 73, 84, 93, 119, 125, 130, 132, 140, 158, 161, 164, 165, 171, 173, 184, 191, 196, 215, 216, 220, 235, 241, 256, 274, 277, 284, 290, 295, 304, 305, 315, 320, 329, 334, 335, 343, 345, 346, 350, 354, 355, 367, 369, 371, 377, 382, 389, 394, 426, 429, 435, 448, 453, 456, 461, 467, 477, 498, 506, 512, 532, 537, 542, 546, 559, 581, 590, 594, 604, 607, 619, 631, 636, 637, 646, 666, 669, 670, 671, 675, 693, 697, 705, 709, 711, 720, 728, 745, 750, 768, 775, 781, 785, 815, 829, 848, 880, 883, 903, 909, 914, 917, 923, 927, 929, 933, 939, 940, 967, 973, 980, 1011, 1020, 1021]), (44, \'2023-07-19\', [8, 21, 23, 24, 25, 29, 34, 75, 81, 84, 86, 91, 103, 117, 126, 129, 132, 133, 143, 155, 158, 160, 177, 215, 226, 234, 240, 241, 248, 250, 255, 257, 278, 282, 305, 310, 338, 343, 344, 345, 358, 428, 445, 448, 451, 468, 487, 503, 504, 516, 531, 537, 538, 541, 542, 546, 560, 565, 569, 581, 585, 593, 599, 606, 610, 613, 634, 637, 638, 651, 656, 658, 660, 668, 707, 730, 735, 741, 761, 778, 781, 785, 786, 792, 807, 817, 839, 843, 849, 852, 871, 873, 883, 887, 898, 899, 910, 912, 917, 921, 928, 932, 936, 945, 958, 960, 965, 971, 975, 976, 984, 991, 992, 1006, 1014]), (44, \'2023-07-20\', [3, 16, 18, 29, 45, 57, 59, 61, 69, 111, 112, 123, 140, 142, 147, 158, 173, 175, 185, 186, 208, 226, 230, 234, 241, 245, 262, 265, 294, 305, 310, 319, 320, 322, 345, 348, 354, 355, 358, 363, 369, 372, 373, 387, 389, 390, 407, 429, 448, 451, 456, 476, 477, 491, 502, 503, 505, 506, 515, 516, 526, 540, 542, 548, 550, 558, 570, 575, 586, 590, 594, 598, 616, 618, 623, 630, 634, 638, 642, 644, 654, 669, 670, 685, 711, 725, 736, 752, 753, 755, 772, 786, 792, 814, 820, 830, 835, 849, 850, 889, 896, 898, 900, 912, 917, 922, 930, 966, 970, 980, 984, 987, 997, 1001, 1009, 1010, 1020]), (44, \'2023-07-21\', [7, 14, 20, 29, 32, 38, 59, 65, 75, 86, 98, 111, 130, 137, 144, 155, 159, 164, 169, 175, 188, 196, 207, 218, 228, 234, 262, 263, 295, 298, 303, 309, 329, 342, 354, 362, 370, 378, 382, 388, 393, 396, 397, 404, 410, 413, 428, 429, 443, 447, 456, 462, 465, 475, 476, 484, 495, 507, 516, 517, 520, 538, 541, 546, 555, 558, 569, 581, 590, 592, 598, 609, 612, 616, 629, 634, 647, 650, 663, 664, 686, 687, 694, 706, 715, 724, 735, 738, 739, 757, 760, 771, 775, 778, 779, 780, 786, 797, 837, 841, 842, 866, 867, 877, 883, 888, 894, 899, 904, 912, 926, 928, 933, 945, 976, 987, 1006, 1008, 1014, 1020]), (44, \'2023-07-22\', [11, 25, 30, 49, 51, 75, 105, 111, 125, 131, 133, 144, 159, 206, 225, 226, 257, 262, 264, 289, 302, 320, 339, 358, 373, 396, 420, 429, 430, 477, 487, 495, 498, 501, 504, 506, 515, 524, 559, 564, 591, 642, 645, 658, 660, 677, 721, 724, 754, 798, 806, 839, 840, 844, 852, 865, 899, 964, 983, 984, 994, 997, 1012]), (44, \'2023-07-23\', [7, 26, 52, 82, 91, 118, 144, 155, 184, 208, 226, 241, 257, 353, 378, 457, 484, 487, 516, 526, 558, 590, 591, 630, 635, 641, 643, 646, 754, 761, 790, 801, 874, 889, 925, 948, 981, 994, 1012, 1014]), (44, \'2023-07-24\', [7, 32, 40, 49, 63, 81, 91, 96, 98, 99, 102, 103, 110, 115, 121, 139, 140, 143, 149, 151, 156, 162, 173, 175, 186, 189, 192, 207, 208, 225, 232, 235, 241, 250, 254, 259, 262, 265, 270, 271, 285, 289, 294, 307, 332, 338, 340, 350, 360, 362, 364, 365, 369, 374, 375, 385, 386, 389, 391, 392, 405, 414, 417, 418, 446, 450, 457, 467, 470, 476, 477, 484, 487, 491, 498, 506, 522, 524, 536, 538, 539, 558, 559, 579, 580, 589, 591, 592, 597, 604, 610, 612, 622, 623, 635, 638, 643, 646, 651, 653, 658, 672, 691, 694, 718, 724, 735, 739, 754, 783, 784, 785, 793, 794, 797, 801, 805, 807, 814, 817, 835, 840, 844, 855, 861, 862, 872, 889, 895, 899, 913, 935, 939, 943, 946, 947, 957, 964, 965, 997, 1005, 1010, 1020, 1023]), (44, \'2023-07-25\', [0, 7, 10, 38, 40, 49, 55, 59, 63, 64, 65, 74, 75, 86, 92, 98, 101, 106, 114, 118, 124, 125, 132, 143, 150, 153, 207, 208, 210, 224, 227, 233, 241, 265, 268, 282, 285, 290, 299, 327, 331, 335, 343, 345, 355, 361, 374, 377, 381, 391, 410, 414, 446, 463, 481, 500, 517, 519, 527, 536, 538, 540, 547, 549, 557, 558, 579, 583, 590, 591, 592, 597, 604, 610, 622, 630, 635, 643, 645, 665, 670, 691, 692, 706, 713, 724, 744, 745, 754, 759, 772, 781, 794, 798, 830, 837, 844, 860, 862, 870, 875, 890, 898, 902, 904, 912, 914, 915, 917, 922, 932, 942, 948, 955, 963, 978, 982, 983, 995, 1001, 1004, 1005, 1007, 1011, 1014, 1016]), (44, \'2023-07-26\', [12, 13, 38, 40, 49, 60, 65, 78, 81, 82, 92, 94, 98, 99, 103, 107, 116, 143, 144, 147, 163, 166, 171, 184, 208, 210, 212, 216, 227, 228, 231, 234, 253, 286, 287, 292, 299, 303, 304, 308, 324, 326, 334, 336, 337, 340, 348, 360, 370, 374, 381, 382, 394, 395, 413, 416, 422, 427, 448, 450, 455, 475, 489, 497, 506, 508, 522, 538, 542, 549, 553, 574, 576, 586, 589, 592, 611, 650, 671, 676, 694, 714, 724, 752, 755, 765, 766, 777, 785, 796, 797, 805, 807, 819, 822, 826, 830, 835, 837, 858, 862, 866, 872, 875, 879, 883, 895, 901, 902, 903, 909, 917, 921, 955, 984, 990, 997]), (44, \'2023-07-27\', [1, 11, 14, 15, 29, 32, 51, 53, 62, 66, 76, 78, 82, 83, 92, 100, 103, 109, 115, 116, 121, 124, 125, 140, 142, 147, 149, 155, 156, 163, 169, 194, 195, 203, 224, 227, 228, 234, 241, 245, 247, 261, 285, 287, 288, 299, 301, 308, 324, 331, 335, 355, 365, 370, 377, 378, 401, 403, 413, 443, 452, 453, 458, 461, 471, 476, 479, 481, 482, 487, 500, 505, 515, 519, 530, 542, 547, 549, 552, 564, 572, 574, 605, 607, 610, 611, 612, 620, 622, 625, 628, 636, 637, 642, 665, 692, 700, 708, 714, 717, 723, 724, 745, 752, 765, 773, 777, 778, 792, 804, 817, 819, 830, 832, 833, 889, 909, 913, 917, 920, 929, 937, 943, 965, 978, 987, 991]), (44, \'2023-07-28\', [14, 22, 24, 32, 34, 51, 57, 59, 62, 64, 71, 77, 79, 81, 84, 97, 100, 103, 107, 112, 124, 125, 137, 144, 146, 149, 161, 162, 163, 168, 194, 198, 202, 222, 240, 262, 268, 287, 288, 337, 341, 345, 348, 352, 355, 358, 361, 363, 374, 376, 379, 402, 413, 422, 439, 450, 460, 468, 496, 498, 512, 517, 518, 533, 534, 538, 540, 569, 586, 591, 607, 611, 612, 632, 634, 636, 640, 650, 661, 667, 670, 679, 687, 700, 725, 744, 760, 774, 778, 781, 786, 792, 797, 815, 824, 825, 831, 832, 835, 838, 839, 849, 861, 862, 870, 901, 912, 917, 918, 931, 932, 933, 935, 948, 950, 959, 963, 967, 980, 1004, 1008, 1011]), (44, \'2023-07-29\', [40, 42, 64, 66, 82, 84, 98, 103, 115, 125, 134, 144, 159, 164, 192, 194, 203, 212, 216, 259, 262, 299, 309, 337, 345, 421, 428, 475, 490, 534, 537, 538, 580, 601, 611, 632, 655, 664, 666, 679, 687, 690, 715, 718, 721, 734, 753, 781, 792, 797, 814, 822, 894, 945, 967, 980, 982, 998]), (44, \'2023-07-30\', [32, 75, 93, 103, 109, 114, 115, 124, 132, 156, 163, 164, 194, 202, 274, 287, 299, 345, 350, 385, 413, 435, 437, 496, 506, 515, 518, 546, 549, 557, 580, 587, 590, 611, 646, 683, 700, 718, 721, 742, 753, 761, 772, 792, 799, 820, 852, 853, 860, 929, 954, 962, 1004, 1008]), (44, \'2023-07-31\', [0, 6, 12, 18, 25, 26, 29, 41, 52, 55, 56, 57, 60, 63, 64, 68, 70, 72, 77, 78, 81, 89, 93, 100, 104, 112, 116, 136, 139, 142, 164, 169, 176, 189, 194, 197, 198, 202, 207, 213, 222, 240, 241, 254, 259, 262, 271, 287, 292, 294, 298, 299, 301, 314, 321, 323, 331, 334, 337, 345, 351, 352, 353, 354, 362, 363, 365, 367, 370, 375, 381, 390, 394, 396, 413, 415, 421, 428, 435, 442, 445, 446, 455, 457, 465, 471, 476, 487, 513, 517, 518, 519, 530, 533, 536, 540, 542, 546, 547, 549, 552, 554, 561, 569, 580, 587, 610, 622, 626, 632, 634, 638, 667, 678, 679, 687, 688, 694, 696, 697, 715, 718, 739, 742, 746, 755, 761, 772, 774, 784, 789, 790, 792, 795, 810, 817, 821, 822, 829, 844, 847, 852, 861, 862, 867, 868, 883, 889, 890, 895, 899, 901, 903, 905, 909, 910, 912, 914, 917, 920, 922, 929, 932, 938, 945, 970, 972, 1007, 1009, 1018])]'), 'Array(Tuple(UInt8, Date, Array(UInt16)))')) AS row))
)
GROUP BY province, served_on, cell, case, service_no)
GROUP BY province, served_on, cell
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

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

INSERT INTO case_counts_rebuilt (rule, province, month, cell, generation, cases, cases_by_channel, cases_by_group)
SELECT toUInt16(1) AS rule, province, month, cell,
    sum(n) AS generation,
    count() AS cases,
    CAST(sumMap(channels, arrayMap(channel -> toUInt64(1), channels)), 'Map(UInt8, UInt64)') AS cases_by_channel,
    CAST(sumMap(groups, arrayMap(group -> toUInt64(1), groups)), 'Map(UInt8, UInt64)') AS cases_by_group
FROM
(
    SELECT province, toStartOfMonth(served_on) AS month, cell, case, sum(n) AS n, groupUniqArray(channel) AS channels,
        groupUniqArray(transform(channel, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]::Array(UInt8), [1, 1, 1, 1, 1, 1, 2, 2, 2, 2]::Array(UInt8), 0::UInt8)) AS groups
    FROM
    (
        SELECT province, served_on, cell, case, service_no,
            uniqExact(position) AS n,
            toUInt8(argMax(CAST(channel, 'Int8'), version)) AS channel
        FROM records
        WHERE province = 44 AND served_on >= '2023-07-01' AND served_on < '2023-08-01' AND cell IN (0, 1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 49, 50, 51, 52, 53, 54, 55, 56, 57, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 91, 92, 93, 94, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 142, 143, 144, 145, 146, 147, 149, 150, 151, 153, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 180, 182, 184, 185, 186, 187, 188, 189, 191, 192, 193, 194, 195, 196, 197, 198, 200, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 214, 215, 216, 218, 220, 221, 222, 223, 224, 225, 226, 227, 228, 229, 230, 231, 232, 233, 234, 235, 237, 238, 240, 241, 242, 244, 245, 247, 248, 249, 250, 251, 253, 254, 255, 256, 257, 258, 259, 260, 261, 262, 263, 264, 265, 266, 268, 269, 270, 271, 273, 274, 275, 276, 277, 278, 279, 280, 281, 282, 284, 285, 286, 287) AND kind = 'service'
        GROUP BY province, served_on, cell, case, service_no
    )
    GROUP BY province, month, cell, case
)
GROUP BY province, month, cell
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

SELECT province, day, if(empty(live.values), rebuilt.unit_cell, live.unit_cell) AS unit_cell,
    if(empty(live.values), rebuilt.name, live.name) AS name,
    live.label AS live_label, rebuilt.label AS rebuilt_label, live.values AS live_values, rebuilt.values AS rebuilt_values
FROM (SELECT province, month AS day, cell AS unit_cell, cell, arrayStringConcat([toString(cell)], ' ') AS name, generation, label, values
FROM (SELECT province, month, cell, generation, if(empty(cases_by_group), 0, generation) AS label, [toString(cases), toString(cases_by_channel), toString(cases_by_group)] AS values FROM case_counts FINAL
    WHERE rule = 1 AND toYYYYMM(month) = 202307) WHERE 1) AS live FULL JOIN (SELECT province, month AS day, cell AS unit_cell, cell, arrayStringConcat([toString(cell)], ' ') AS name, generation, label, values
FROM (SELECT province, month, cell, generation, if(empty(cases_by_group), 0, generation) AS label, [toString(cases), toString(cases_by_channel), toString(cases_by_group)] AS values FROM case_counts_rebuilt FINAL
    WHERE rule = 1 AND toYYYYMM(month) = 202307) WHERE 1) AS rebuilt USING (province, day, cell)
WHERE live.values != rebuilt.values OR live.generation != rebuilt.generation
ORDER BY province, day, unit_cell, name;

INSERT INTO item_counts_rebuilt (rule, province, served_on, area, item, generation, services, unreviewed, reviews)
SELECT toUInt16(1) AS rule, province, served_on, named.county AS area, named.item_code AS item,
    day.generation AS generation, counted.services AS services, counted.unreviewed AS unreviewed, counted.reviews AS reviews
FROM
(
    SELECT province, served_on, place, any(toUInt32(intDiv(area, 1000000))) AS county, any(item) AS item_code
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND subject = 'service' AND kind IN ('service', 'review')
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
    SELECT province, served_on, cell, case, service_no, kind, channel, place, review_group, records.rank AS rank, version, position,
        kind = 'review' AND subject = 'service' AND NOT follow_up AS is_candidate,
        review IN
        (
            SELECT review FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND kind = 'disposition'
            GROUP BY review HAVING argMax(action, version) = 'set_aside'
        ) AS is_set_aside
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row))
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
    FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row))
    GROUP BY province, served_on
) AS day USING (province, served_on)
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

SELECT province, served_on AS day, live.label AS live_label, rebuilt.label AS rebuilt_label FROM (SELECT province, served_on, max(generation) AS label FROM item_counts WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, served_on) AS live FULL JOIN (SELECT province, served_on, max(generation) AS label FROM item_counts_rebuilt WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, served_on) AS rebuilt USING (province, served_on);

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

INSERT INTO class_counts_rebuilt (rule, province, served_on, source, topic, partition, class, reason, generation, records)
SELECT toUInt16(1) AS rule, province, served_on, source, topic, partition, class, reason,
    sum(count()) OVER (PARTITION BY province, served_on) AS generation,
    count() AS records
FROM (SELECT province, served_on, source, topic, partition, offset,
    multiIf(
        kind = 'service', 'service',
        subject != 'service', 'other_subject',
        follow_up, 'follow_up',
        'counted') AS class,
    '' AS reason
FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND NOT (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on, cell, case, service_no
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
        SELECT province, served_on, cell, case, service_no, source, topic, partition, offset, kind, review, revision, version, event, subject, follow_up, records.rank AS rank, action, reason
        FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) AND (province, served_on, cell, case, service_no) IN
(
    SELECT province, served_on, cell, case, service_no FROM records WHERE (province, served_on) IN (SELECT row.1, row.2 FROM (SELECT arrayJoin(CAST(materialize('[(44, \'2023-07-01\'), (44, \'2023-07-02\'), (44, \'2023-07-03\'), (44, \'2023-07-04\'), (44, \'2023-07-05\'), (44, \'2023-07-06\'), (44, \'2023-07-07\'), (44, \'2023-07-08\'), (44, \'2023-07-09\'), (44, \'2023-07-10\'), (44, \'2023-07-11\'), (44, \'2023-07-12\'), (44, \'2023-07-13\'), (44, \'2023-07-14\'), (44, \'2023-07-15\'), (44, \'2023-07-16\'), (44, \'2023-07-17\'), (44, \'2023-07-18\'), (44, \'2023-07-19\'), (44, \'2023-07-20\'), (44, \'2023-07-21\'), (44, \'2023-07-22\'), (44, \'2023-07-23\'), (44, \'2023-07-24\'), (44, \'2023-07-25\'), (44, \'2023-07-26\'), (44, \'2023-07-27\'), (44, \'2023-07-28\'), (44, \'2023-07-29\'), (44, \'2023-07-30\'), (44, \'2023-07-31\')]'), 'Array(Tuple(UInt8, Date))')) AS row)) GROUP BY province, served_on, cell, case, service_no
    HAVING countIf(kind = 'service') > 1 OR countIf(kind = 'review') > 1 OR countIf(kind NOT IN ('service', 'review')) > 0
)
        LIMIT 1 BY topic, partition, offset
    )
)))
GROUP BY province, served_on, source, topic, partition, class, reason
SETTINGS enable_shared_storage_snapshot_in_query = 1, optimize_aggregation_in_order = 1;

SELECT province, served_on AS day, live.label AS live_label, rebuilt.label AS rebuilt_label FROM (SELECT province, served_on, max(generation) AS label FROM class_counts WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, served_on) AS live FULL JOIN (SELECT province, served_on, max(generation) AS label FROM class_counts_rebuilt WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, served_on) AS rebuilt USING (province, served_on);

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

INSERT INTO counts_rebuilt SELECT * FROM counts FINAL WHERE toYYYYMM(served_on) = 202307 AND (rule NOT IN (1) OR 0);

SELECT count() FROM counts_rebuilt WHERE toYYYYMM(served_on) = 202307;

SELECT province, served_on, cell FROM
(
    SELECT province, served_on, cell, uniqExact(position) AS n,
        countIf(subject = 'service' AND kind IN ('service', 'review')) > 0 AS has_places
    FROM records WHERE toYYYYMM(served_on) = 202307 AND kind != 'quarantined'
    GROUP BY province, served_on, cell
) AS stored
LEFT JOIN
(
    SELECT province, served_on, cell, generation FROM (SELECT * FROM counts FINAL WHERE rule = 1 AND toYYYYMM(served_on) = 202307)
) AS counted USING (province, served_on, cell)
WHERE n != generation;

INSERT INTO case_counts_rebuilt SELECT * FROM case_counts FINAL WHERE toYYYYMM(month) = 202307 AND (rule NOT IN (1) OR 0);

SELECT count() FROM case_counts_rebuilt WHERE toYYYYMM(month) = 202307;

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
    SELECT province, month AS first_day, cell, if(empty(cases_by_group), 0, generation) AS label FROM (SELECT * FROM case_counts FINAL WHERE rule = 1 AND toYYYYMM(month) = 202307)
) AS counted USING (province, first_day, cell)
WHERE services != label;

INSERT INTO item_counts_rebuilt SELECT * FROM item_counts FINAL WHERE toYYYYMM(served_on) = 202307 AND (rule NOT IN (1) OR 0);

SELECT count() FROM item_counts_rebuilt WHERE toYYYYMM(served_on) = 202307;

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
    SELECT province, served_on, max(generation) AS label FROM item_counts WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, served_on
) AS counted USING (province, served_on)
WHERE has_places AND records != label;

INSERT INTO class_counts_rebuilt SELECT * FROM class_counts FINAL WHERE toYYYYMM(served_on) = 202307 AND (rule NOT IN (1) OR 0);

SELECT count() FROM class_counts_rebuilt WHERE toYYYYMM(served_on) = 202307;

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
    SELECT province, served_on, max(generation) AS label FROM class_counts WHERE rule = 1 AND toYYYYMM(served_on) = 202307 GROUP BY province, served_on
) AS counted USING (province, served_on)
WHERE records != label;
