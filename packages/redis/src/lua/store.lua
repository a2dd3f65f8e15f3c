-- Stores tasks of any kind, one after another, in their order.
-- ARGV: the bit of the receipt; the texts that they have, each after its digest, as a list; then as a list, ten for each task: id, record
-- (from the flags on), payload that stands apart, priority, delay, due at, expires in, expires at, unique key, its window. What
-- is not given is empty.
-- Returns the duplicates as JSON, position and holder of each; nil where there are none. A repeat returns what the first call did.
-- KEYS: tasks payloads texts priorities uniques keyOf windows receipt answers
-- USES: now promote wake
if call('GETBIT', receipt, ARGV[1]) == 1 then return call('GET', answers) end
call('SETBIT', receipt, ARGV[1], 0) -- the first write: where memory is full it fails, and so does all of this
local promoted = promote()
local earliest = call('ZRANGE', scheduled, 0, 0)[1]

-- Who has the key: a task that is not finished, or one whose window goes on.
local function holderOf(key)
  local id = call('HGET', uniques, key)
  local held = id and call('HGET', keyOf, id)
  if held and held:match('^%d+ (.*)$') == key then return id end
  local window = id and call('ZSCORE', windows, key)
  return window and tonumber(window) > now and id
end

local function store(position, id, record, payload, priority, delay, due, expiresIn, expiresAt, key, window)
  local readyAt = math.max(now, tonumber(due) or now + (tonumber(delay) or 0))
  local expires = tonumber(expiresAt) or expiresIn ~= '' and now + expiresIn or 0
  call('HSET', tasks, id, struct.pack('>I6I6I6', now, readyAt, expires) .. record)
  if payload ~= '' then call('HSET', payloads, id, payload) end
  if priority ~= '0' then call('HSET', priorities, id, priority) end
  if key ~= '' then
    call('HSET', uniques, key, id)
    call('HSET', keyOf, id, string.format('%.0f ', now + (tonumber(window) or 0)) .. key)
    call('ZREM', windows, key)
  end
  if readyAt == now then return true end
  -- Tasks of one call that are due in the same ms become ready in their order.
  call('ZADD', scheduled, string.format('%.0f.%03d', readyAt, position), id)
  return false
end

local shared, list = cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3])
for i = 1, #shared, 2 do call('HSETNX', texts, shared[i], shared[i + 1]) end
local fresh, duplicates = {}, {}
for at = 1, #list, 10 do
  local id, position = list[at], (at - 1) / 10
  local holder = call('HEXISTS', tasks, id) == 1 and id or list[at + 8] ~= '' and holderOf(list[at + 8])
  if holder then
    duplicates[#duplicates + 1] = position
    duplicates[#duplicates + 1] = holder
  elseif store(position, unpack(list, at, at + 9)) then
    fresh[#fresh + 1] = id
  end
end
makeReady(fresh)
local answer = #duplicates > 0 and cjson.encode(duplicates)
if answer then call('SET', answers, answer, 'PX', 310000) end
call('SETBIT', receipt, ARGV[1], 1)
call('PEXPIRE', receipt, 310000)
-- Whoever sleeps knew only when the next task was due before.
local isSooner = call('ZRANGE', scheduled, 0, 0)[1] ~= earliest
wake(math.max(isSooner and 1 or 0, promoted + #fresh))
return answer
