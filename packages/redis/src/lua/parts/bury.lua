-- bury(id, json, keepMs, reason): copies a task to the dead letters, with its payload as it is. It is not dropped yet.
-- A letter is a list: reason, JSON, times of death and of removal, priority, and the record with its text in it.
-- KEYS: tasks payloads priorities dead deadPayloads deaths deadEnds sequence
-- USES: now inline
local function bury(id, json, keepMs, reason)
  local record = call('HGET', tasks, id) or ''
  local priority = call('HGET', priorities, id) or '0'
  local died, kept = string.format('%.0f', now), string.format('%.0f', now + keepMs)
  call('HSET', dead, id, cmsgpack.pack({ reason, json, died, kept, priority, inlined(record) }))
  local payload = flagOf(record, 1) and call('HGET', payloads, id)
  if payload then call('HSET', deadPayloads, id, payload) else call('HDEL', deadPayloads, id) end
  call('ZADD', deaths, call('INCR', sequence), id)
  call('ZADD', deadEnds, kept, id)
end
