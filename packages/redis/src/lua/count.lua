-- How many tasks are in which state. Those that have become due count as ready.
-- Returns ready, scheduled, active, dead, finished.
-- KEYS: tasks ready ranked stale scheduled deaths outcomeEnds
-- USES: now
local due = call('ZCOUNT', scheduled, '-inf', '(' .. now + 1)
local later = call('ZCARD', scheduled) - due
local isReady = call('LLEN', ready) - (call('HGET', stale, '') or 0) + call('ZCARD', ranked) + due
local active = call('HLEN', tasks) - isReady - later
return { isReady, later, active, call('ZCARD', deaths), call('ZCOUNT', outcomeEnds, '(' .. now, '+inf') }
