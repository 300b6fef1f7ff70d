-- A case may have services through several channels of a group, so its group cannot be derived from the
-- counts by channel. The counter's sweep finds every row without the column and has it recounted.
ALTER TABLE case_counts ADD COLUMN IF NOT EXISTS
    cases_by_group Map(UInt8, UInt64) COMMENT 'Distinct cases with a service by the group of the channel: 1 online, 2 offline. Empty if the row was counted before the column existed: not known, and never zero';
