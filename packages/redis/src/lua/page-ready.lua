-- Tasks of normal priority that are ready, in their order.
-- ARGV: the place from which to look, counted from the first that ever stood in the list; most entries.
-- Returns the place after the last entry that was looked at, whether that is the end of the list, the ids, and the place of each; stale
-- entries, see normal.lua, are left out.
-- KEYS: ready stale popped
-- USES: allow-when-full now promote wake
wake(promote())
local gone = tonumber(call('GET', popped) or 0)
local from = math.max(0, ARGV[1] - gone)
local ids = call('LRANGE', ready, from, from + ARGV[2] - 1)
local fresh, places, hasStale = {}, {}, call('EXISTS', stale) == 1
for i, id in ipairs(ids) do
  local passes = hasStale and tonumber(call('HGET', stale, id) or 0) or 0
  local found = passes > 0 and call('LPOS', ready, id, 'COUNT', passes + 1)
  if not found or found[passes + 1] == from + i - 1 then
    fresh[#fresh + 1], places[#places + 1] = id, gone + from + i - 1
  end
end
return { gone + from + #ids, from + #ids >= call('LLEN', ready) and 1 or 0, fresh, places }
