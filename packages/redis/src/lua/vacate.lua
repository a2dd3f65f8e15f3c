-- Whether a queue holds nothing; what still stands there then, such as the last sequence number, is deleted.
-- Returns 1 or 0.
-- KEYS: tasks dead outcomes uniques sequence popped texts
if call('EXISTS', tasks, dead, outcomes, uniques) > 0 then return 0 end
call('DEL', sequence, popped, texts)
return 1
