-- unwait(id): takes a task from where it waits; see normal.lua for what becomes of its entry in the list of the ready ones. The caller
-- knows that it is there and not held.
-- KEYS: scheduled ranked stale
local function unwait(id)
  if call('ZREM', scheduled, id) == 1 or call('ZREM', ranked, id) == 1 then return end
  call('HINCRBY', stale, id, 1)
  call('HINCRBY', stale, '', 1)
end
