-- Notes that a queue is used now.
-- ARGV: queue.
-- Returns nil; or the name of the key where it is not ours.
-- KEYS: queues
-- USES: now
local kind = call('TYPE', queues).ok
if kind ~= 'none' and kind ~= 'zset' then return queues end
call('ZADD', queues, now, ARGV[1])
return false
