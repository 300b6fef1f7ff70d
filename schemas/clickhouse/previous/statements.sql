-- 0012_merges
SELECT 1;
