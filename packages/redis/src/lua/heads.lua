-- Since when the first ready task of each priority is ready, see make-ready.lua.
-- Returns the time, and two for each: the times with which its record begins, state of a task that was put back.
-- KEYS: ranked tasks states
-- USES: allow-when-full now promote wake normal
wake(promote())
local found = { now }
local function add(id)
  local record = call('HGET', tasks, id)
  if not record then return end
  found[#found + 1], found[#found + 2] = record:sub(1, 18), call('HGET', states, id) or ''
end

local ids = peekNormal(1)
if ids[1] then add(ids[1]) end
local step, from = 2 ^ 44, '-inf'
while true do
  local head = call('ZRANGEBYSCORE', ranked, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  if #head == 0 then break end
  add(head[1])
  from = string.format('%.0f', (math.floor(head[2] / step) + 1) * step)
end
return found
