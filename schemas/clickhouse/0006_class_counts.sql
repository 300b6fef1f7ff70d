-- The ledger: how many records of a source, a partition and a day have which class. A recount writes
-- all rows of a day at once, with the label of the day. A class that has no records any more keeps
-- its old row, so only rows with the greatest label of their day hold.
CREATE TABLE IF NOT EXISTS class_counts
(
    rule       UInt16,
    province   UInt8,
    served_on  Date,
    source     LowCardinality(String),
    topic      UInt8                  COMMENT 'Number in the table topics',
    partition  UInt16,
    class      Enum8('repeat' = 1, 'superseded' = 2, 'service' = 3, 'disposition' = 4, 'other_subject' = 5, 'follow_up' = 6, 'set_aside' = 7, 'counted' = 8, 'duplicate' = 9),
    reason     LowCardinality(String) COMMENT 'Why it was set aside, or superseded',
    generation UInt64                 COMMENT 'Records of the province on that day',
    records    UInt64
)
ENGINE = ReplacingMergeTree(generation)
PARTITION BY toYYYYMM(served_on)
ORDER BY (rule, province, served_on, source, topic, partition, class, reason);
