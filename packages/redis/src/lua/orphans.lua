-- How many tasks are held under leases that have been over for long; of very many claims the oldest thousand.
-- ARGV: for how many ms.
-- Returns how many, and for how many ms the first of them.
-- USES: now claims
local function over(key)
  return call('ZRANGEBYSCORE', key, '-inf', now - ARGV[1], 'WITHSCORES', 'LIMIT', 0, 1000)
end
local ended, endedAlone = over(claims), over(renewed)
local count, first = #endedAlone / 2, tonumber(endedAlone[2] or now)
for i = 1, #ended, 2 do
  for _, id in ipairs(heldBy(ended[i])) do
    if not call('ZSCORE', renewed, renewedName(ended[i], id)) then
      count, first = count + 1, math.min(first, ended[i + 1])
    end
  end
end
return { count, math.floor(now - first) }
