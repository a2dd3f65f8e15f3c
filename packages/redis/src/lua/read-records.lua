-- Shared records of one kind, those that are over included.
-- ARGV: the kind.
-- Returns the time, and key, record, key, record, …; see shared-records.lua.
-- KEYS: sharedRecords
-- USES: now
return { now, call('HGETALL', sharedRecords .. ARGV[1]) }
