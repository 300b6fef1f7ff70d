-- What is said about records that could not be loaded: that, with the reason, and that somebody gave
-- one up. The records themselves are rows of kind 'quarantined' in the table records; which of them
-- are open is derived from both tables and stored nowhere.
--
-- The key is the record's own position. Everything about one record is in one partition of the topic
-- quarantine, so of two entries of a kind the one with the greater offset was said later, and holds.
CREATE TABLE IF NOT EXISTS quarantine
(
    topic           UInt8                  COMMENT 'Of the record: number in the table topics',
    partition       UInt16                 COMMENT 'Of the record',
    offset          UInt64                 COMMENT 'Of the record',
    entry           Enum8('quarantined' = 1, 'discarded' = 2),
    entry_partition UInt16                 COMMENT 'Of the entry, in the topic quarantine',
    entry_offset    UInt64                 COMMENT 'Of the entry, in the topic quarantine',
    reason          LowCardinality(String) COMMENT 'A word of a closed list, one list for each kind of entry',
    pointer         String                 COMMENT 'JSON Pointer to the field that is wrong; empty for the record as a whole',
    detail          String                 COMMENT 'What is wrong, without the value',
    source          LowCardinality(String) COMMENT 'Who posted it, if it is known',
    event           String                 COMMENT 'BLAKE3 of the record''s value; empty for a discard',
    note            String                 COMMENT 'Of a discard, redacted',
    decided_at      DateTime('UTC')        COMMENT 'Of a discard'
)
ENGINE = ReplacingMergeTree(entry_offset)
ORDER BY (topic, partition, offset, entry)
-- An offset is committed on the word of an insert, so it must be on disk by then.
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
