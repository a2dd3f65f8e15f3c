-- The list of the ready tasks of normal priority. A task that was cancelled or put off while it stood in it still has its entry there.
-- A hash says how many entries of which task are stale: its first ones, as the one that counts is always the last. Its field ''
-- has the sum.
-- peekNormal(most): the first so many tasks of the list, and for each how many entries go with it, stale ones before it included.
-- takeNormal(entries): removes so many entries from the head of the list.
-- KEYS: ready stale popped
local function peekNormal(most)
  local ids = most > 0 and call('LRANGE', ready, 0, most - 1) or {}
  local fresh, entries = {}, {}
  if #ids == 0 or call('EXISTS', stale) == 0 then
    for i = 1, #ids do entries[i] = i end
    return ids, entries
  end
  local passes, from = {}, 0
  while #ids > 0 and #fresh < most do
    for i, id in ipairs(ids) do
      passes[id] = passes[id] or tonumber(call('HGET', stale, id) or 0)
      if passes[id] > 0 then
        passes[id] = passes[id] - 1
      elseif #fresh < most then
        fresh[#fresh + 1], entries[#entries + 1] = id, from + i
      end
    end
    from = from + #ids
    ids = call('LRANGE', ready, from, from + most - 1)
  end
  return fresh, entries
end

local function takeNormal(entries)
  local ids = call('EXISTS', stale) == 1 and call('LRANGE', ready, 0, entries - 1) or {}
  call('LTRIM', ready, entries, -1)
  call('INCRBY', popped, entries)
  for _, id in ipairs(ids) do
    local passes = call('HGET', stale, id)
    if passes then
      if passes == '1' then call('HDEL', stale, id) else call('HINCRBY', stale, id, -1) end
      if call('HINCRBY', stale, '', -1) == 0 then call('DEL', stale) end
    end
  end
end
