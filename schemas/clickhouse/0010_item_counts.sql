-- The same rows as in 0003_counts.sql under another key: what is asked for is an item in a county over
-- a month, and that is one short range now, however long history is. Most numbers are small and many are
-- alike, so they are packed better than by default. What was counted is counted anew
-- from the records: the counter's sweep finds every day without its rows.
DROP TABLE IF EXISTS item_counts;

-- One row for each item in each county on each day. A recount writes all rows of a day at once, with
-- the label of the day; a place that records have ever named keeps its row, be it with nought.
CREATE TABLE IF NOT EXISTS item_counts
(
    rule       UInt16,
    province   UInt8,
    served_on  Date                   CODEC(Delta, ZSTD(1)),
    area       UInt32                 COMMENT 'Six digits' CODEC(ZSTD(1)),
    item       LowCardinality(String) COMMENT 'Item code; its first 18 characters are the department' CODEC(ZSTD(1)),
    generation UInt64                 COMMENT 'Records of the province on that day' CODEC(ZSTD(1)),
    services   UInt64                 CODEC(T64, ZSTD(1)),
    unreviewed UInt64                 CODEC(T64, ZSTD(1)),
    reviews    Map(UInt16, UInt64)    CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(generation)
PARTITION BY toYYYYMM(served_on)
ORDER BY (rule, province, area, item, served_on)
SETTINGS index_granularity = 1024;
