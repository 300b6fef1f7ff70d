-- What makes records cheaper to load, to keep and to count. Nothing that is stored changes its meaning.

-- Of two records of one service, review or disposition the one with the greater version holds. A number
-- is compared many times as fast as a pair.
ALTER TABLE records ADD COLUMN IF NOT EXISTS
    version UInt128 ALIAS bitShiftLeft(toUInt128(revision), 64) + event;

-- An item in a county, in one number that nobody can make two places share: it is looked up again within
-- the statement that uses it.
ALTER TABLE records ADD COLUMN IF NOT EXISTS
    place UInt128 ALIAS reinterpretAsUInt128(sipHash128(item, intDiv(area, 1000000)));

-- Numbers of a narrow range are cut to its bits.
ALTER TABLE records MODIFY COLUMN offset CODEC(T64, LZ4);
ALTER TABLE records MODIFY COLUMN partition CODEC(T64, LZ4);
ALTER TABLE records MODIFY COLUMN appended_at CODEC(T64, LZ4);

-- Statistics of columns are made anew by every merge, and no statement is planned by them.
ALTER TABLE records MODIFY SETTING auto_statistics_types = '';
ALTER TABLE counts MODIFY SETTING auto_statistics_types = '';
ALTER TABLE case_counts MODIFY SETTING auto_statistics_types = '';
ALTER TABLE class_counts MODIFY SETTING auto_statistics_types = '';
ALTER TABLE item_counts MODIFY SETTING auto_statistics_types = '';
