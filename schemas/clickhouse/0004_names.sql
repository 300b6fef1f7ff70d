-- What a province's items and departments were called, as service records say. The name of the latest
-- month holds.
CREATE TABLE IF NOT EXISTS names
(
    province   UInt8,
    kind       Enum8('item' = 1, 'department' = 2),
    code       String,
    name       String,
    last_month SimpleAggregateFunction(max, Date)
)
ENGINE = AggregatingMergeTree
ORDER BY (province, kind, code, name);
