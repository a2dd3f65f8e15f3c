-- popNormal(most): takes so many tasks of normal priority from the list of the ready ones. Gives their ids.
-- A task that was cancelled or put off while it stood in the list still has its entry there. A hash says how many entries
-- of which task are stale: its first ones, as the one that counts is always the last. Its field '' has the sum.
-- KEYS: ready stale popped
local function popNormal(most)
  local fresh = {}
  while #fresh < most do
    local ids = call('LPOP', ready, most - #fresh)
    if not ids then break end
    call('INCRBY', popped, #ids)
    local hasStale = call('EXISTS', stale) == 1
    if not hasStale and #fresh == 0 then return ids end
    for _, id in ipairs(ids) do
      local passes = hasStale and call('HGET', stale, id)
      if not passes then
        fresh[#fresh + 1] = id
      else
        if passes == '1' then call('HDEL', stale, id) else call('HINCRBY', stale, id, -1) end
        if call('HINCRBY', stale, '', -1) == 0 then call('DEL', stale) end
      end
    end
  end
  return fresh
end
