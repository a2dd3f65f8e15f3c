-- The running tasks that somebody has asked to cancel.
-- Returns id, reason after a '+' (or '-'), id, reason, …
-- KEYS: marks
return call('HGETALL', marks)
