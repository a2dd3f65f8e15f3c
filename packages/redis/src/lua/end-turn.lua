-- Ends a turn before its time, because there is more to do.
-- KEYS: turn
return call('DEL', turn)
