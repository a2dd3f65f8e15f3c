-- Every queue that is known, and for how many ms it has not been used.
-- Returns name, ms, name, ms, …
-- KEYS: queues
-- USES: now
local list = call('ZRANGE', queues, 0, -1, 'WITHSCORES')
for i = 2, #list, 2 do list[i] = string.format('%.0f', now - list[i]) end
return list
