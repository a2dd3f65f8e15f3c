-- forget(ids): removes what is kept of tasks that were completed or cancelled.
-- KEYS: outcomes outcomeEnds completed cancelled
local function forget(ids)
  if #ids == 0 then return end
  call('HDEL', outcomes, unpack(ids))
  for _, key in ipairs({ outcomeEnds, completed, cancelled }) do call('ZREM', key, unpack(ids)) end
end
