-- Forgets what is kept of finished tasks in one state, the oldest first.
-- ARGV: most of them; the state.
-- Returns how many.
-- KEYS: completed cancelled
-- USES: allow-when-full forget
local ended = ARGV[2] == 'completed' and completed or cancelled
local ids = call('ZRANGE', ended, 0, ARGV[1] - 1)
forget(ids)
return #ids
