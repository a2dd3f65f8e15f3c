-- isEnded(id): whether it is known that such a task has ended: its outcome is kept, or it is among the dead letters.
-- KEYS: outcomeEnds dead
-- USES: now
local function isEnded(id)
  local keptUntil = call('ZSCORE', outcomeEnds, id)
  return keptUntil and tonumber(keptUntil) > now or call('HEXISTS', dead, id) == 1
end
