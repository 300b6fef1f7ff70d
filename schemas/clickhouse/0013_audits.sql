-- What an audit has seen stands in columns of its own, and nothing that is concluded from it is stored. A
-- version before this one added records that are stored twice to `stored`, and partitions of another Kafka
-- to `missing`; it goes on to write such rows, and to read these.
ALTER TABLE audits ADD COLUMN IF NOT EXISTS
    doubled UInt64 DEFAULT 0 COMMENT 'Records that have a class beyond the stored offsets: stored under two keys';
ALTER TABLE audits ADD COLUMN IF NOT EXISTS
    differs Bool DEFAULT false COMMENT 'Whether Kafka has something else than the last stored record at its offset, or ends before it';
ALTER TABLE audits ADD COLUMN IF NOT EXISTS
    quarantined Nullable(UInt64) COMMENT 'Quarantined records below the cut on which nobody has decided; NULL if an auditor of an earlier version did not look';
ALTER TABLE audits ADD COLUMN IF NOT EXISTS
    discarded Nullable(UInt64) COMMENT 'Quarantined records below the cut that were given up; NULL as before';
ALTER TABLE audits COMMENT COLUMN stored 'Different offsets from first to cut that are stored';
ALTER TABLE audits COMMENT COLUMN missing 'Offsets from first to cut that have a record in Kafka and none in the database';
