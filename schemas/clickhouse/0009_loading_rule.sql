-- By which rule records became rows: what is hashed, and what makes up the key. The latest row holds. A
-- loader of another rule would store a record under another key, beside the row that it has already, so
-- it refuses to start until the records are rebuilt.
CREATE TABLE IF NOT EXISTS loading_rule
(
    rule   UInt16,
    set_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree
ORDER BY set_at;

INSERT INTO loading_rule (rule) SELECT 1 WHERE (SELECT count() FROM loading_rule) = 0;
