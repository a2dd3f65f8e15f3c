-- Leases ready tasks to a caller, or makes it a sleeper of this queue: in one step, so that no wake-up falls in between.
-- ARGV: token; most tasks; where it may sleep, its channel and for how many ms; and, where it wants some priorities only, the lowest and
-- the highest of them, after a channel that may be empty.
-- Returns what was gathered; with nothing to claim: the time, false, and when the next task is due.
-- A call that was repeated before it arrived claims nothing. All is read before anything is written, and a task is held before it is taken
-- from where it waits: whatever went wrong in between, none would be lost.
-- KEYS: ranked settledBy repeated
-- USES: allow-when-full now promote wake normal claims gather
if call('EXISTS', repeated) == 1 then return { now, false } end

local promoted = promote()
local token, most, channel = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local lowest, highest = tonumber(ARGV[5]), tonumber(ARGV[6])
local highFrom, highTo, lowFrom, lowTo = '-inf', '(0', '0', '+inf'
if lowest then highFrom, highTo, lowFrom, lowTo = scoresOf(lowest, highest) end
local ids, hasRanked = {}, call('EXISTS', ranked) == 1
local function add(more)
  for i = 1, #more do ids[#ids + 1] = more[i] end
end
if hasRanked and highFrom then add(call('ZRANGEBYSCORE', ranked, highFrom, highTo, 'LIMIT', 0, most)) end
local high = #ids
local wantsNormal = not lowest or lowest <= 0 and highest >= 0
local normal, entries = peekNormal(wantsNormal and most - high or 0)
add(normal)
if hasRanked and lowFrom and #ids < most then
  add(call('ZRANGEBYSCORE', ranked, lowFrom, lowTo, 'LIMIT', 0, most - #ids))
end
if #ids == 0 then
  -- A wake-up for tasks that this caller does not want goes on to who may take them.
  if lowest and call('EXISTS', ready, ranked) > 0 then wake(math.max(1, promoted)) end
  if channel and channel ~= '' then
    local sleepsUntil, marker = now + ARGV[4], lowest and '?' .. lowest .. ',' .. highest
    call('ZADD', sleepers .. (marker or ''), sleepsUntil, channel)
    if marker then
      call('PEXPIRE', sleepers .. marker, 60000)
      call('ZADD', sleepers, 'GT', string.format('%.0f', MARKERS + sleepsUntil), marker)
    end
  end
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
