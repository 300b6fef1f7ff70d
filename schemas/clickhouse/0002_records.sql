-- One row for each record in Kafka: services, reviews, dispositions, and what could not be read.
-- Rows are never changed or deleted. A record that is loaded twice is the same row twice, and
-- collapses; an event that is sent twice is two records and stays two rows.
--
-- Everything about one service stands together, and the services of a bucket (province, day, cell)
-- are one range of the key.
CREATE TABLE IF NOT EXISTS records
(
    province    UInt8                  COMMENT 'Two digits of GB/T 2260, such as 44',
    served_on   Date                   COMMENT 'Day in China of the service or of the visit; 1970-01-01 if unknown',
    cell        UInt16                 COMMENT 'case % 1024',
    case        UInt64                 COMMENT 'Hash of the project number, or of what else is rated',
    service_no  UInt8                  COMMENT '1 to 99 within the case; 0 for other subjects than services',
    kind        Enum8('quarantined' = 0, 'service' = 1, 'review' = 2, 'disposition' = 3),
    review      UInt64                 COMMENT 'Hash of what no revision of a review may change; 0 for services',
    topic       UInt8                  COMMENT 'Number in the table topics',
    partition   UInt16,
    offset      UInt64,

    revision    UInt16,
    event       UInt64                 COMMENT 'First eight bytes of BLAKE3 of the value; the receipt has all',
    source      LowCardinality(String) COMMENT 'Who posted it',
    appended_at DateTime('UTC')        COMMENT 'When Kafka took it',
    subject     Enum8('none' = 0, 'service' = 1, 'item' = 2, 'hall' = 3, 'window' = 4, 'site' = 5),
    area        UInt64                 COMMENT 'Twelve digits',
    item        LowCardinality(String) COMMENT 'Item code; its first 18 characters are the department',
    hall        LowCardinality(String) COMMENT 'Hall or site code',
    window      LowCardinality(String),
    channel     Enum8('none' = 0, 'pc_portal' = 1, 'government_app' = 2, 'business_app' = 3, 'mini_program' = 4, 'sms' = 5, 'hotline_12345' = 6, 'hall' = 7, 'self_service_machine' = 8, 'printed_code' = 9, 'paper' = 10),
    level       Enum8('none' = 0, 'very_dissatisfied' = 1, 'dissatisfied' = 2, 'basically_satisfied' = 3, 'satisfied' = 4, 'very_satisfied' = 5),
    is_default  Bool                   COMMENT 'Written by a system after silence',
    follow_up   Bool                   COMMENT 'The one further review after a bad one was handled; never counts',
    rated_at    DateTime('UTC')        COMMENT 'When it was rated, or decided',
    tags        Array(UInt16),
    text        String                 COMMENT 'Redacted at the intake',
    review_id   UUID                   COMMENT 'The source''s own number of the review',
    action      Enum8('none' = 0, 'set_aside' = 1, 'restore' = 2),
    reason      LowCardinality(String) COMMENT 'Of a disposition, or why a record is quarantined',

    -- Of the valid reviews of a service the one with the greatest rank counts: a person's before a
    -- default one, the earliest, the lowest hash, the highest revision.
    rank        UInt256 ALIAS bitShiftLeft(toUInt256(is_default = 0), 240) + bitShiftLeft(toUInt256(4294967295 - toUInt32(rated_at)), 200) + bitShiftLeft(toUInt256(bitNot(review)), 128) + bitShiftLeft(toUInt256(revision), 64) + toUInt256(event),
    position    UInt64 ALIAS bitShiftLeft(toUInt64(topic), 56) + bitShiftLeft(toUInt64(partition), 44) + offset,
    -- How a counted review is grouped: bits 0 to 2 level, 3 to 7 channel, 8 to 11 months from the
    -- service to the review, 12 default.
    review_group UInt16 ALIAS toUInt16(bitShiftLeft(toUInt16(is_default), 12) + bitShiftLeft(toUInt16(least(greatest(dateDiff('month', toStartOfMonth(served_on), toDate(rated_at, 'Asia/Shanghai')), 0), 15)), 8) + bitShiftLeft(toUInt16(CAST(channel, 'Int8')), 3) + toUInt16(CAST(level, 'Int8')))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(served_on)
ORDER BY (province, served_on, cell, case, service_no, kind, review, topic, partition, offset)
-- An offset is committed on the word of an insert, so it must be on disk by then.
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;
