-- Forgets what is kept of finished tasks in one state, the oldest first.
-- ARGV: most of them; the state.
-- Returns how many.
-- KEYS: outcomes outcomeEnds completed cancelled
-- USES: allow-when-full
local ended = ARGV[2] == 'completed' and completed or cancelled
local ids = call('ZRANGE', ended, 0, ARGV[1] - 1)
if #ids == 0 then return 0 end
call('HDEL', outcomes, unpack(ids))
call('ZREM', outcomeEnds, unpack(ids))
call('ZREM', ended, unpack(ids))
return #ids
