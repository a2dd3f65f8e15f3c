-- Ends tasks whose outcome is kept, with few commands for many tasks.
-- ARGV: channel for hints; queue; as a list, three for each task: how many ms it is kept, JSON, result; then groups.
-- Returns nil where all were ended, else a letter for each.
-- KEYS: tasks outcomes outcomeEnds completed cancelled sequence
-- USES: allow-when-full now text groups drop hint
local list = cmsgpack.unpack(ARGV[3])
local held, places, letters = heldOf(4)
if #held == 0 then return letters end

local records = call('HMGET', tasks, unpack(held))
local order = call('INCRBY', sequence, #held) - #held
local at, textsOf = string.format('%.0f', now), {}
local kept, ends, orders = {}, {}, {}
for i, id in ipairs(held) do
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
if call('EXISTS', cancelled) == 1 then call('ZREM', cancelled, unpack(held)) end
letGoOf(4)
drop(held)
hint(held)
return letters
