-- An outcome is a list: JSON, the time of its end, the times of the task, its text, the result, and the reason of a cancel mark.
-- keepCancelled(id, json, keepMs, markedReason): keeps that a task was cancelled, which is not dropped yet. The reason is that of a
-- cancel mark, as it stands there, for a cancellation that names none. Those that are completed: see complete-kept.lua.
-- KEYS: tasks outcomes outcomeEnds completed cancelled sequence
-- USES: now text
local function keepCancelled(id, json, keepMs, markedReason)
  local record = call('HGET', tasks, id) or ''
  local at = string.format('%.0f', now)
  local value = { json, at, record:sub(1, 18), textOf(record) or '', '', markedReason }
  call('HSET', outcomes, id, cmsgpack.pack(value))
  call('ZADD', outcomeEnds, now + keepMs, id)
  call('ZREM', completed, id)
  call('ZADD', cancelled, call('INCR', sequence), id)
end
