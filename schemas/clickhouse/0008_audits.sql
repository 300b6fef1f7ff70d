-- What the auditor found when it laid Kafka's own offsets beside the stored ones; of each partition
-- the latest row holds. Of the offsets from `first` to `cut` each is stored, or a gap, or missing:
-- cut - first = stored + gaps + missing, unless a record is stored twice or Kafka is another one.
CREATE TABLE IF NOT EXISTS audits
(
    topic      UInt8           COMMENT 'Number in the table topics',
    partition  UInt16,
    audited_at DateTime('UTC'),
    first      UInt64          COMMENT 'The lowest offset that the database answers for',
    cut        UInt64          COMMENT 'Below it everything must be stored: the loader has committed it',
    end        UInt64          COMMENT 'The offset that the next record gets; what lies between the cut and it waits to be loaded',
    stored     UInt64          COMMENT 'Offsets from first to cut that are stored; one that is stored under two keys counts twice',
    gaps       UInt64          COMMENT 'Offsets from first to cut that Kafka gave to no record',
    missing    UInt64          COMMENT 'Offsets from first to cut that have a record in Kafka and none in the database, or another one at the end'
)
ENGINE = ReplacingMergeTree(audited_at)
ORDER BY (topic, partition);
