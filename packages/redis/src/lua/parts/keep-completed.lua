-- keepCompleted(ids, places, list): keeps the outcomes of tasks that are completed and not dropped yet, with few commands for many tasks;
-- the list has three for each place: how many ms it is kept, JSON, result. See keep.lua.
-- KEYS: tasks outcomes outcomeEnds completed cancelled sequence
-- USES: now text
local function keepCompleted(ids, places, list)
  local records = call('HMGET', tasks, unpack(ids))
  local order = call('INCRBY', sequence, #ids) - #ids
  local at, textsOf = string.format('%.0f', now), {}
  local kept, ends, orders = {}, {}, {}
  for i, id in ipairs(ids) do
    local place, record = 3 * places[i], records[i] or ''
    local kind = record:sub(19, 27)
    if not textsOf[kind] or flagOf(record, 2) then textsOf[kind] = textOf(record) or '' end
    local outcome = { list[place - 1], at, record:sub(1, 18), textsOf[kind], list[place], '' }
    kept[2 * i - 1], kept[2 * i] = id, cmsgpack.pack(outcome)
    ends[2 * i - 1], ends[2 * i] = now + list[place - 2], id
    orders[2 * i - 1], orders[2 * i] = order + i, id
  end
  call('HSET', outcomes, unpack(kept))
  call('ZADD', outcomeEnds, unpack(ends))
  call('ZADD', completed, unpack(orders))
  if call('EXISTS', cancelled) == 1 then call('ZREM', cancelled, unpack(ids)) end
end
