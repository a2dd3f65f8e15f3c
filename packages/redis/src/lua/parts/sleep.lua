-- sleep(channel, ms, lowest, highest): makes a process a sleeper of this queue, for so many ms: of all of its tasks, or of those of some
-- priorities; see wake.lua.
-- KEYS: sleepers
-- USES: now wake
local function sleep(channel, ms, lowest, highest)
  if not lowest then return call('ZADD', sleepers, now + ms, channel) end
  local marker = '?' .. lowest .. ',' .. highest
  call('ZADD', sleepers .. marker, now + ms, channel)
  call('PEXPIRE', sleepers .. marker, 60000)
  call('ZADD', sleepers, 'GT', string.format('%.0f', MARKERS + now + ms), marker)
end
