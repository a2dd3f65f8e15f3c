-- Notes that a name, of a queue or whatever the key is for, is used now.
-- ARGV: name.
-- Returns nil; or the name of the key where it is not ours.
-- KEYS: queues
-- USES: now
local kind = call('TYPE', queues).ok
if kind ~= 'none' and kind ~= 'zset' then return queues end
call('ZREM', queues, '') -- allowed when memory is full, and then so is the rest
call('ZADD', queues, now, ARGV[1])
return false
