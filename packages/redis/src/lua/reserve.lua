-- Leases ready tasks to a caller, or makes it a sleeper of this queue: in one step, so that no wake-up falls in between.
-- ARGV: token; most tasks; where it may sleep, its channel and for how many ms; and, where it wants some priorities only, the lowest and
-- the highest of them, after a channel that may be empty.
-- Returns what was gathered; with nothing to claim: the time, false, and when the next task is due.
-- A call that was repeated before it arrived claims nothing. All is read before anything is written, and a task is held before it is taken
-- from where it waits: whatever went wrong in between, none would be lost.
-- KEYS: ranked settledBy repeated
-- USES: allow-when-full now promote wake sleep normal claims gather
if call('EXISTS', repeated) == 1 then return { now, false } end

local promoted = promote()
local token, most = ARGV[1], tonumber(ARGV[2])
local lowest, highest = tonumber(ARGV[5]), tonumber(ARGV[6])
local ids, hasRanked = {}, call('EXISTS', ranked) == 1
local function add(more)
  for i = 1, #more do ids[#ids + 1] = more[i] end
end
local function addRanked(from, to)
  if from and #ids < most then add(call('ZRANGEBYSCORE', ranked, from, to, 'LIMIT', 0, most - #ids)) end
end
if hasRanked then addRanked(highScores(lowest, highest)) end
local high, normal, entries = #ids, {}, {}
if not lowest or lowest <= 0 and highest >= 0 then normal, entries = peekNormal(most - high) end
add(normal)
if hasRanked then addRanked(lowScores(lowest, highest)) end
if #ids == 0 then
  -- A wake-up for tasks that this caller does not want goes on to who may take them.
  if lowest and call('EXISTS', ready, ranked) > 0 then wake(math.max(1, promoted)) end
  if ARGV[3] and ARGV[3] ~= '' then sleep(ARGV[3], ARGV[4], lowest, highest) end
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
wake(lowest and promoted or promoted - #ids)
return gathered
