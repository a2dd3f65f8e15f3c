-- put(position, id, record, payload, priority, delay, due, expiresIn, expiresAt): writes a task that is not there, whose record is given
-- from its flags on, and schedules it where it is not due yet. Gives whether it is due. What is not given is empty.
-- KEYS: tasks payloads priorities scheduled
-- USES: now
local function put(position, id, record, payload, priority, delay, due, expiresIn, expiresAt)
  local readyAt = math.max(now, tonumber(due) or now + (tonumber(delay) or 0))
  local expires = tonumber(expiresAt) or expiresIn ~= '' and now + expiresIn or 0
  call('HSET', tasks, id, struct.pack('>I6I6I6', now, readyAt, expires) .. record)
  if payload ~= '' then call('HSET', payloads, id, payload) end
  if priority ~= '0' then call('HSET', priorities, id, priority) end
  if readyAt == now then return true end
  -- Tasks of one call that are due in the same ms become ready in their order.
  call('ZADD', scheduled, string.format('%.0f.%03d', readyAt, position), id)
  return false
end
