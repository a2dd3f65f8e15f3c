-- Leases ready tasks to a caller, or makes it a sleeper of this queue: in one step, so that no wake-up falls in between.
-- ARGV: token; most tasks; and, where it may sleep, its channel and for how many ms.
-- Returns what was gathered; with nothing to claim: the time, false, and when the next task is due.
-- A call that was repeated before it arrived claims nothing. All is read before anything is written, and a task is held before it is taken
-- from where it waits: whatever went wrong in between, none would be lost.
-- KEYS: ranked settledBy repeated
-- USES: allow-when-full now promote wake normal claims gather
if call('EXISTS', repeated) == 1 then return { now, false } end

local promoted = promote()
local token, most = ARGV[1], tonumber(ARGV[2])
local ids, hasRanked = {}, call('EXISTS', ranked) == 1
local function add(more)
  for i = 1, #more do ids[#ids + 1] = more[i] end
end
if hasRanked then add(call('ZRANGEBYSCORE', ranked, '-inf', '(0', 'LIMIT', 0, most)) end
local high = #ids
local normal, entries = peekNormal(most - high)
add(normal)
if hasRanked and #ids < most then add(call('ZRANGEBYSCORE', ranked, 0, '+inf', 'LIMIT', 0, most - #ids)) end
if #ids == 0 then
  if ARGV[3] then call('ZADD', sleepers, now + ARGV[4], ARGV[3]) end
  return { now, false, call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')[2] or false }
end

local lengths, gathered = gather(ids)
hold(token, ids)
call('ZADD', claims, now + lengths[1], token)
for i = 2, #ids do
  if lengths[i] ~= lengths[1] then call('ZADD', renewed, now + lengths[i], renewedName(token, ids[i])) end
end
local taken = math.min(#normal, #ids - high)
if taken > 0 then takeNormal(entries[taken]) end
if hasRanked then call('ZREM', ranked, unpack(ids)) end
if call('EXISTS', settledBy) == 1 then call('HDEL', settledBy, unpack(ids)) end
wake(promoted - #ids)
return gathered
