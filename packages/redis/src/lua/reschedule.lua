-- Gives a waiting task a new time.
-- ARGV: id; its delay in ms, or nothing; the instant at which it is due, or nothing.
-- Returns c (changed), a (it runs), f (finished), u (unknown).
-- KEYS: tasks states
-- USES: allow-when-full now promote holders unwait wake ended
local id = ARGV[1]
if call('HEXISTS', tasks, id) == 0 then return isEnded(id) and 'f' or 'u' end
if holdersOf({ id })[id] then return 'a' end
local promoted = promote()
unwait(id)
local readyAt = math.max(now, tonumber(ARGV[3]) or now + (tonumber(ARGV[2]) or 0))
local state = call('HGET', states, id)
call('HSET', states, id, string.format('%.0f ', readyAt) .. (state and state:match('{.*') or '{}'))
if readyAt > now then call('ZADD', scheduled, readyAt, id) else makeReady({ id }) end
wake(readyAt > now and promoted or promoted + 1, readyAt > now)
return 'c'
