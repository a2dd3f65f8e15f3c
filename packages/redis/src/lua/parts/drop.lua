-- drop(ids): forgets tasks that neither wait nor are held any more, and frees their unique keys: at once, or when their window ends.
-- KEYS: tasks payloads states settledBy marks priorities keyOf uniques windows
-- USES: now
local function freeKeys(ids)
  local held = call('HMGET', keyOf, unpack(ids))
  for i = 1, #ids do
    if held[i] then
      local window, key = held[i]:match('^(%d+) (.*)$')
      if tonumber(window) > now then call('ZADD', windows, window, key) else call('HDEL', uniques, key) end
    end
  end
  call('HDEL', keyOf, unpack(ids))
end

local function drop(ids)
  call('HDEL', tasks, unpack(ids))
  if call('EXISTS', payloads, states, settledBy, marks, priorities, keyOf) == 0 then return end
  for _, key in ipairs({ payloads, states, settledBy, marks, priorities }) do call('HDEL', key, unpack(ids)) end
  freeKeys(ids)
end
