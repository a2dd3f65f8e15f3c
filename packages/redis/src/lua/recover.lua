-- Takes over tasks whose leases have run out, under a new token and without a new attempt. Payloads are not read.
-- ARGV: new token; most tasks; length of their new leases in ms. With 0 tasks it only counts what has run out, not further than 1.
-- Returns the time and a list, six for each: id, old token, when its lease ended, text, state, cancel mark; empty where there is none.
-- KEYS: tasks states marks
-- USES: now claims text
local most = tonumber(ARGV[2])
local function over(key)
  return call('ZRANGEBYSCORE', key, '-inf', now, 'WITHSCORES', 'LIMIT', 0, math.max(1, most))
end
local ended, endedAlone = over(claims), over(renewed)
if most == 0 then return #ended + #endedAlone end

local lost, ids, leftOf = {}, {}, {}
local function take(id, token, at)
  if #ids == most then return false end
  ids[#ids + 1], lost[#lost + 1] = id, { token, at }
  leftOf[token] = leftOf[token] or {}
  table.insert(leftOf[token], id)
  return true
end

call('ZREM', claims, '') -- allowed when memory is full, and then so is the rest
for i = 1, #ended, 2 do
  local token, isWhole = ended[i], true
  for _, id in ipairs(call('SMEMBERS', claim .. token)) do
    local endsAlone = id == ANCHOR or call('ZSCORE', renewed, renewedName(token, id))
    if not endsAlone then isWhole = take(id, token, ended[i + 1]) and isWhole end
  end
  -- What is left of it, if anything, ends by itself.
  if isWhole then call('ZADD', claims, 'XX', '+inf', token) end
end
for i = 1, #endedAlone, 2 do
  local length, rest = endedAlone[i]:match('^(%d+):(.*)$')
  take(rest:sub(length + 1), rest:sub(1, length), endedAlone[i + 1])
end
if #ids == 0 then return { now, '' } end

for token, left in pairs(leftOf) do letGo(token, left) end
hold(ARGV[1], ids)
call('ZADD', claims, now + ARGV[3], ARGV[1])

local records, list = call('HMGET', tasks, unpack(ids)), {}
local before, marked = call('HMGET', states, unpack(ids)), call('HMGET', marks, unpack(ids))
for i = 1, #ids do
  local found = { ids[i], lost[i][1], lost[i][2], textOf(records[i] or '') or '', before[i] or '', marked[i] or '' }
  for field = 1, 6 do list[#list + 1] = found[field] end
end
return { now, cmsgpack.pack(list) }
