-- The id of this database. Consumer groups have it in their names: what one of them has committed is
-- true of this database and of no other. The smallest holds, should two have been made at once.
CREATE TABLE IF NOT EXISTS database_id
(
    id UUID
)
ENGINE = MergeTree
ORDER BY id;

INSERT INTO database_id SELECT generateUUIDv4() WHERE (SELECT count() FROM database_id) = 0;
