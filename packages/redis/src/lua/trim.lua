-- Removes what has been kept long enough: outcomes, dead letters, windows of unique keys. Also texts that no task has any more, and
-- sleepers that have died.
-- ARGV: most of them.
-- Returns how many; texts and sleepers do not count.
-- KEYS: tasks texts uniques windows sleepers deadEnds
-- USES: now exhume forget wake
local left = tonumber(ARGV[1])
local function over(key)
  local members = left > 0 and call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, left) or {}
  left = left - #members
  return members
end

forget(over(outcomeEnds))
for _, id in ipairs(over(deadEnds)) do exhume(id) end
local keys = over(windows)
if #keys > 0 then
  call('HDEL', uniques, unpack(keys))
  call('ZREM', windows, unpack(keys))
end
if call('EXISTS', tasks) == 0 then call('DEL', texts) end
call('ZREMRANGEBYSCORE', sleepers, '-inf', '(' .. now)
call('ZREMRANGEBYSCORE', sleepers, MARKERS, string.format('(%.0f', MARKERS + now))
return ARGV[1] - left
