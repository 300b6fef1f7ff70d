-- By which counting rule a province's figures are read. Counts of another rule fill beside it, since the
-- rule is part of the key of every count; the pointer is moved once they are complete. The latest row of
-- a province holds.
CREATE TABLE IF NOT EXISTS active_rules
(
    province     UInt8                COMMENT 'A province without a row is read by rule 1',
    rule         UInt16,
    activated_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(activated_at)
ORDER BY province;
