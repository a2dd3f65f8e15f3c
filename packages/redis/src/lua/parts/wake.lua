-- wake(count, isSooner): tells so many sleepers, those whose wait ends first, that this queue has work for them; and at least one where
-- the next task is due sooner than they knew.
-- A sleeper is the channel of a process, scored with the end of its wait; whoever is told is a sleeper no more. Those who wait for some
-- priorities only stand in sorted sets of their own, one for each range: the set of all sleepers has a marker for each of those, which
-- names it, and which comes after everybody else. So who pays for them is who has them.
-- Where nobody hears a channel, its process has died, and the next one is told instead. In a cluster others may hear it on
-- another node: there a channel ends with a '+', and is taken at its word.
-- KEYS: ready ranked stale sleepers
-- USES: now ranks
local MARKERS = 1e15

local function isTold(channel, waitEnd)
  return tonumber(waitEnd) >= now and (call('PUBLISH', channel, ready) > 0 or channel:sub(-1) == '+')
end

-- How many tasks are ready that those who sleep in this range may take.
local function readyFor(marker)
  local lowest, highest = marker:match('^%?(-?%d+),(-?%d+)$')
  lowest, highest = tonumber(lowest), tonumber(highest)
  local count = 0
  local function add(least, most) count = count + (least and call('ZCOUNT', ranked, least, most) or 0) end
  add(highScores(lowest, highest))
  add(lowScores(lowest, highest))
  if lowest > 0 or highest < 0 then return count end
  return count + call('LLEN', ready) - (call('HGET', stale, '') or 0)
end

-- Each range is told of as many as it may take: which of them are new nobody knows.
local function wakeChoosy(most, isSooner)
  for _, marker in ipairs(call('ZRANGEBYSCORE', sleepers, MARKERS, '+inf')) do
    local left = math.min(most, readyFor(marker))
    if isSooner then left = math.max(1, left) end
    while left > 0 do
      local told = call('ZPOPMIN', sleepers .. marker)
      if #told == 0 then break end
      if isTold(told[1], told[2]) then left, isSooner = left - 1, false end
    end
    if call('EXISTS', sleepers .. marker) == 0 then call('ZREM', sleepers, marker) end
  end
end

local function wake(count, isSooner)
  if isSooner then count = math.max(1, count) end
  while count > 0 do
    local told = call('ZPOPMIN', sleepers, count)
    if #told == 0 then return end
    for i = 1, #told, 2 do
      if tonumber(told[i + 1]) >= MARKERS then
        for marker = i, #told, 2 do call('ZADD', sleepers, told[marker + 1], told[marker]) end
        return wakeChoosy(count, isSooner)
      end
      if isTold(told[i], told[i + 1]) then count, isSooner = count - 1, false end
    end
  end
end
