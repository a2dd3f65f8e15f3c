-- Leases ready tasks to a caller, or makes it a sleeper of this queue: in one step, so that no wake-up falls in between.
-- ARGV: token; most tasks; and, where it may sleep, its channel and for how many ms.
-- Returns what was gathered; with nothing to claim: the time, false, and when the next task is due.
-- A call that was repeated before it arrived claims nothing.
-- KEYS: ranked settledBy repeated
-- USES: allow-when-full now promote wake pop claims gather
if call('EXISTS', repeated) == 1 then return { now, false } end

local promoted = promote()
local token, most = ARGV[1], tonumber(ARGV[2])
local hasRanked = call('EXISTS', ranked) == 1
local ids = hasRanked and call('ZRANGEBYSCORE', ranked, '-inf', '(0', 'LIMIT', 0, most) or {}
local high = #ids
local normal = popNormal(most - high)
if high == 0 then ids = normal else for i = 1, #normal do ids[high + i] = normal[i] end end
local low = high + #normal
if hasRanked and low < most then
  local after = call('ZRANGEBYSCORE', ranked, 0, '+inf', 'LIMIT', 0, most - low)
  for i = 1, #after do ids[low + i] = after[i] end
end
if #ids == 0 then
  if ARGV[3] then call('ZADD', sleepers, now + ARGV[4], ARGV[3]) end
  return { now, false, call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')[2] or false }
end

local lengths, gathered = gather(ids)
for i = low, math.max(#ids, high) + 1, -1 do -- what was popped and is not taken
  call('LPUSH', ready, normal[i - high])
  call('DECR', popped)
end
if hasRanked then call('ZREM', ranked, unpack(ids)) end
hold(token, ids)
call('ZADD', claims, now + lengths[1], token)
for i = 2, #ids do
  if lengths[i] ~= lengths[1] then call('ZADD', renewed, now + lengths[i], renewedName(token, ids[i])) end
end
if call('EXISTS', settledBy) == 1 then call('HDEL', settledBy, unpack(ids)) end
wake(promoted - #ids)
return gathered
