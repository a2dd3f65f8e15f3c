-- Deletes waiting tasks, those first that would run first, but for those of high priority, which come with the low ones.
-- ARGV: channel for hints; queue; most tasks; 1 where ready ones are meant; 1 where scheduled ones are.
-- Returns how many.
-- KEYS: ranked scheduled
-- USES: allow-when-full now promote wake normal drop hint
wake(promote())
local most, ids = tonumber(ARGV[3]), {}
local function add(more)
  for _, id in ipairs(more) do ids[#ids + 1] = id end
end
if ARGV[4] == '1' then
  add(call('ZRANGEBYSCORE', ranked, '-inf', '+inf', 'LIMIT', 0, most))
  if #ids > 0 then call('ZREM', ranked, unpack(ids)) end
  local normal, entries = peekNormal(most - #ids)
  if #normal > 0 then takeNormal(entries[#normal]) end
  add(normal)
end
if ARGV[5] == '1' and #ids < most then
  local later = call('ZRANGE', scheduled, 0, most - #ids - 1)
  if #later > 0 then call('ZREM', scheduled, unpack(later)) end
  add(later)
end
if #ids > 0 then drop(ids) end
hint(ids)
return #ids
