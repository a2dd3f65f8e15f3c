-- keepOutcome(id, kind, json, keepMs, result, reason): keeps what a task came to, which is not dropped yet. The reason is that of a
-- cancel mark, as it stands there, for a cancellation that names none.
-- KEYS: tasks outcomes outcomeEnds completed cancelled sequence
-- USES: now text
local function keepOutcome(id, kind, json, keepMs, result, reason)
  local record = call('HGET', tasks, id) or ''
  local at = string.format('%.0f', now)
  local value = { json, at, record:sub(1, 18), textOf(record) or '', result, reason }
  call('HSET', outcomes, id, cmsgpack.pack(value))
  call('ZADD', outcomeEnds, now + keepMs, id)
  call('ZREM', kind == 'completed' and cancelled or completed, id)
  call('ZADD', kind == 'completed' and completed or cancelled, call('INCR', sequence), id)
end
