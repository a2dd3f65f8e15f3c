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

local ids, list, left, emptied = {}, {}, {}, {}
local function take(id, token, at)
  if #ids == most then return false end
  ids[#ids + 1] = id
  left[token] = left[token] or {}
  table.insert(left[token], id)
  local text = textOf(call('HGET', tasks, id) or '') or ''
  local found = { id, token, at, text, call('HGET', states, id) or '', call('HGET', marks, id) or '' }
  for field = 1, 6 do list[#list + 1] = found[field] end
  return true
end

for i = 1, #ended, 2 do
  if #ids == most then break end
  local token, isWhole = ended[i], true
  for _, id in ipairs(heldBy(token)) do
    local endsAlone = call('ZSCORE', renewed, renewedName(token, id))
    if not endsAlone then isWhole = take(id, token, ended[i + 1]) and isWhole end
  end
  if isWhole then emptied[#emptied + 1] = token end
end
for i = 1, #endedAlone, 2 do
  local length, rest = endedAlone[i]:match('^(%d+):(.*)$')
  take(rest:sub(length + 1), rest:sub(1, length), endedAlone[i + 1])
end

call('ZREM', claims, '') -- allowed when memory is full, and then so is the rest
-- What is left of a claim, if anything, ends by itself.
for _, token in ipairs(emptied) do call('ZADD', claims, 'XX', '+inf', token) end
if #ids == 0 then return { now, '' } end
hold(ARGV[1], ids)
call('ZADD', claims, now + ARGV[3], ARGV[1])
for token, taken in pairs(left) do letGo(token, taken) end
return { now, cmsgpack.pack(list) }
