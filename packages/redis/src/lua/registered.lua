-- Every name that is known, and for how many ms it has not been used.
-- ARGV: for how many ms whoever asks has a turn to look after them, or nothing where it only wants to know.
-- Returns name, ms, name, ms, …; nil where somebody else has the turn.
-- KEYS: queues turn
-- USES: now
call('ZREM', queues, '') -- allowed when memory is full, and then so is the rest
if ARGV[1] ~= '' and not call('SET', turn, 1, 'NX', 'PX', ARGV[1]) then return false end
local list = call('ZRANGE', queues, 0, -1, 'WITHSCORES')
for i = 2, #list, 2 do list[i] = string.format('%.0f', now - list[i]) end
return list
