-- makeReady(ids): appends tasks to those that are ready, in this order. Gives how many.
-- Those of normal priority stand in a list, all others in a sorted set: by priority, then by a sequence number. A score is
-- that number, lowered by 2^44 for each step of priority: exact, and negative for what goes before the list.
-- KEYS: ready ranked priorities sequence
local function makeReady(ids)
  if #ids == 0 then return 0 end
  if call('EXISTS', priorities) == 0 then
    call('RPUSH', ready, unpack(ids))
    return #ids
  end
  local known = call('HMGET', priorities, unpack(ids))
  local first = call('INCRBY', sequence, #ids) - #ids
  local normal, scored = {}, {}
  for i = 1, #ids do
    if known[i] then
      scored[#scored + 1] = string.format('%.0f', first + i - known[i] * 2 ^ 44)
      scored[#scored + 1] = ids[i]
    else
      normal[#normal + 1] = ids[i]
    end
  end
  if #normal > 0 then call('RPUSH', ready, unpack(normal)) end
  if #scored > 0 then call('ZADD', ranked, unpack(scored)) end
  return #ids
end
