-- Our number for each topic's id. A topic that is deleted and made anew under the same name has
-- another id, so its records never share a position with those of the old one.
CREATE TABLE IF NOT EXISTS topics
(
    number        UInt8,
    name          String,
    id            UUID,
    registered_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY number;
