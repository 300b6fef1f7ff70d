-- Figures are recounted, never incremented. `generation` says how many records a recount saw; since
-- records are only ever added, of two recounts the one with the greater label knows more, and wins.

-- One row for each bucket.
CREATE TABLE IF NOT EXISTS counts
(
    rule                UInt16              COMMENT 'Version of the counting rule',
    province            UInt8,
    served_on           Date,
    cell                UInt16,
    generation          UInt64              COMMENT 'Records of the bucket',
    services            UInt64              COMMENT 'Distinct services',
    unreviewed          UInt64              COMMENT 'Services without a counted review',
    services_by_channel Map(UInt8, UInt64)  COMMENT 'Services by the channel by which they were given',
    reviews             Map(UInt16, UInt64) COMMENT 'Counted reviews by records.review_group',
    set_aside           Map(UInt16, UInt64) COMMENT 'Reviews that would count, had they not been set aside'
)
ENGINE = ReplacingMergeTree(generation)
PARTITION BY toYYYYMM(served_on)
ORDER BY (rule, province, served_on, cell);

-- One row for each cell and month: cases that are spread over days are counted once.
CREATE TABLE IF NOT EXISTS case_counts
(
    rule             UInt16,
    province         UInt8,
    month            Date                COMMENT 'Its first day',
    cell             UInt16,
    generation       UInt64              COMMENT 'Service records of the cell in the month',
    cases            UInt64              COMMENT 'Distinct cases with a service in the month',
    cases_by_channel Map(UInt8, UInt64)  COMMENT 'Distinct cases with a service by the channel; a case may be under several'
)
ENGINE = ReplacingMergeTree(generation)
PARTITION BY toYYYYMM(month)
ORDER BY (rule, province, month, cell);

-- One row for each item in each county on each day. A recount writes all rows of a day at once, with
-- the label of the day; a place that records have ever named keeps its row, be it with nought.
CREATE TABLE IF NOT EXISTS item_counts
(
    rule       UInt16,
    province   UInt8,
    served_on  Date,
    area       UInt32                 COMMENT 'Six digits',
    item       LowCardinality(String) COMMENT 'Item code; its first 18 characters are the department',
    generation UInt64                 COMMENT 'Records of the province on that day',
    services   UInt64,
    unreviewed UInt64,
    reviews    Map(UInt16, UInt64)
)
ENGINE = ReplacingMergeTree(generation)
PARTITION BY toYYYYMM(served_on)
ORDER BY (rule, province, served_on, area, item);
