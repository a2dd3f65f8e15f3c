-- promote(): makes ready what is due, in the order in which it is due, at most 1,000 of them. Gives how many.
-- A score may have a fraction of a ms: see store.lua.
-- KEYS: scheduled
-- USES: now make-ready
local function promote()
  local due = call('ZRANGEBYSCORE', scheduled, '-inf', '(' .. now + 1, 'LIMIT', 0, 1000)
  makeReady(due)
  if #due > 0 then call('ZREM', scheduled, unpack(due)) end
  return #due
end
