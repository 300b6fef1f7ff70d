-- What every row of counts was counted from: how many records (`generation`), how many of them were
-- simulated, and up to when Kafka took them. A row that was counted before these columns existed has
-- 1970-01-01 in `records_through`: the counter's sweep finds it and has it recounted.

-- The account that posts decides whether a record is simulated, and the intake writes it beside the source.
ALTER TABLE records ADD COLUMN IF NOT EXISTS
    simulated Bool COMMENT 'Whether the account that posted it simulates';

ALTER TABLE counts ADD COLUMN IF NOT EXISTS
    simulated UInt64 COMMENT 'Of the records of the bucket, those that are simulated';
ALTER TABLE counts ADD COLUMN IF NOT EXISTS
    records_through DateTime('UTC') COMMENT 'When Kafka took the latest record of the bucket; 1970-01-01 is not known';

ALTER TABLE case_counts ADD COLUMN IF NOT EXISTS
    simulated UInt64 COMMENT 'Of the service records of the cell in the month, those that are simulated';
ALTER TABLE case_counts ADD COLUMN IF NOT EXISTS
    records_through DateTime('UTC') COMMENT 'When Kafka took the latest of these service records; 1970-01-01 is not known';

ALTER TABLE item_counts ADD COLUMN IF NOT EXISTS
    simulated UInt64 COMMENT 'Of the records of the province on that day, those that are simulated' CODEC(ZSTD(1));
ALTER TABLE item_counts ADD COLUMN IF NOT EXISTS
    records_through DateTime('UTC') COMMENT 'When Kafka took the latest of these records; 1970-01-01 is not known' CODEC(ZSTD(1));

ALTER TABLE class_counts ADD COLUMN IF NOT EXISTS
    simulated UInt64 COMMENT 'Of the records of the province on that day, those that are simulated';
ALTER TABLE class_counts ADD COLUMN IF NOT EXISTS
    records_through DateTime('UTC') COMMENT 'When Kafka took the latest of these records; 1970-01-01 is not known';

-- How channels are grouped is a matter of reading, and of the province. The cases of any group of
-- channels follow from the cases by set of channels. The version before reads `cases_by_channel` and
-- `cases_by_group`, so both are still written.
ALTER TABLE case_counts ADD COLUMN IF NOT EXISTS
    cases_by_channels Map(UInt16, UInt64) COMMENT 'Distinct cases with a service by the set of their channels: bit 0 is channel 1. Empty if the row was counted before the column existed: not known, and never zero';

-- Which months there are is asked of all history. Two narrow columns answer it, and no map is read.
ALTER TABLE counts ADD COLUMN IF NOT EXISTS
    counted UInt64 DEFAULT arraySum(mapValues(reviews)) COMMENT 'Counted reviews';
ALTER TABLE counts ADD COLUMN IF NOT EXISTS
    bad_months_late UInt16 DEFAULT toUInt16(arrayReduce('groupBitOr', arrayMap(code -> bitShiftLeft(toUInt16(1), bitAnd(bitShiftRight(code, 8), 15)), arrayFilter(code -> bitAnd(code, 7) <= 2, mapKeys(reviews))))) COMMENT 'How many months after the month of their service counted bad reviews were given: bit 1 is one month';
