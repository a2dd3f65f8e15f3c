-- wake(count, isSooner): tells so many sleepers, those whose wait ends first, that this queue has work for them; and at least one where
-- the next task is due sooner than they knew.
-- A sleeper is the channel of a process, scored with the end of its wait; whoever is told is a sleeper no more. Those who wait for some
-- priorities only stand in sorted sets of their own, one for each range: the set of all sleepers has a marker for each of those, which
-- names it, and which comes after everybody else. So who pays for them is who has them. Each range is told of as many tasks as it has
-- ready: which of them are new nobody knows.
-- Where nobody hears a channel, its process has died, and the next one is told instead. In a cluster others may hear it on
-- another node: there a channel ends with a '+', and is taken at its word.
-- It is one function, as each that a script begins with costs something, whether it is called or not.
-- KEYS: ready ranked stale sleepers
-- USES: now ranks
local MARKERS = 1e15

local function wake(count, isSooner)
  if isSooner and count < 1 then count = 1 end
  local markers
  while count > 0 and not markers do
    local told = call('ZPOPMIN', sleepers, count)
    if #told == 0 then return end
    for i = 1, #told, 2 do
      local waitEnd = tonumber(told[i + 1])
      if waitEnd >= MARKERS then
        call('ZADD', sleepers, told[i + 1], told[i])
        markers = true
      elseif waitEnd >= now and (call('PUBLISH', told[i], ready) > 0 or told[i]:sub(-1) == '+') then
        count, isSooner = count - 1, false
      end
    end
  end

  for _, marker in ipairs(markers and call('ZRANGEBYSCORE', sleepers, MARKERS, '+inf') or {}) do
    local lowest, highest = marker:match('^%?(-?%d+),(-?%d+)$')
    local highFrom, highTo, lowFrom, lowTo = scoresOf(tonumber(lowest), tonumber(highest))
    local left = highFrom and call('ZCOUNT', ranked, highFrom, highTo) or 0
    if lowFrom then left = left + call('ZCOUNT', ranked, lowFrom, lowTo) end
    if tonumber(lowest) <= 0 and tonumber(highest) >= 0 then
      left = left + call('LLEN', ready) - (call('HGET', stale, '') or 0)
    end
    left = math.min(count, isSooner and math.max(1, left) or left)
    while left > 0 do
      local told = call('ZPOPMIN', sleepers .. marker)
      if #told == 0 then break end
      local isWaiting = tonumber(told[2]) >= now
      if isWaiting and (call('PUBLISH', told[1], ready) > 0 or told[1]:sub(-1) == '+') then
        left, isSooner = left - 1, false
      end
    end
    if call('EXISTS', sleepers .. marker) == 0 then call('ZREM', sleepers, marker) end
  end
end
