-- Whether there are shared records of one kind.
-- ARGV: the kind.
-- Returns 1 or 0.
-- KEYS: sharedRecords
return call('EXISTS', sharedRecords .. ARGV[1])
