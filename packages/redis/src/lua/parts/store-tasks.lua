-- storeTasks(shared, list): stores tasks of any kind, one after another, in their order; shared has the texts that they have, each after its
-- digest; the list has ten for each task: id, record (from the flags on), payload that stands apart, priority, delay, due at, expires
-- in, expires at, unique key, its window. What is not given is empty.
-- Gives the duplicates, position and holder of each; how many tasks became ready, those that were due before included; and whether the
-- next one is due sooner than before: both are for wake.
-- KEYS: tasks texts uniques keyOf windows scheduled
-- USES: now promote put
-- Who has the key: a task that is not finished, or one whose window goes on.
local function holderOf(key)
  local id = call('HGET', uniques, key)
  local held = id and call('HGET', keyOf, id)
  if held and held:match('^%d+ (.*)$') == key then return id end
  local window = id and call('ZSCORE', windows, key)
  return window and tonumber(window) > now and id
end

local function take(id, key, window)
  if key == '' then return end
  call('HSET', uniques, key, id)
  call('HSET', keyOf, id, string.format('%.0f ', now + (tonumber(window) or 0)) .. key)
  call('ZREM', windows, key)
end

local function storeTasks(shared, list)
  local promoted, fresh, duplicates = promote(), {}, {}
  local earliest = call('ZRANGE', scheduled, 0, 0)[1]
  for i = 1, #shared, 2 do call('HSETNX', texts, shared[i], shared[i + 1]) end
  for at = 1, #list, 10 do
    local id, key, position = list[at], list[at + 8], (at - 1) / 10
    local holder = call('HEXISTS', tasks, id) == 1 and id or key ~= '' and holderOf(key)
    if holder then
      duplicates[#duplicates + 1], duplicates[#duplicates + 2] = position, holder
    else
      if put(position, unpack(list, at, at + 7)) then fresh[#fresh + 1] = id end
      take(id, key, list[at + 9])
    end
  end
  makeReady(fresh)
  -- Whoever sleeps knew only when the next task was due before.
  local isSooner = call('ZRANGE', scheduled, 0, 0)[1] ~= earliest
  return duplicates, promoted + #fresh, isSooner
end
