-- Makes dead letters ready again: same id and payload, no attempts, no history, no expiry, no unique key. One whose id a live task has
-- stays as it is.
-- ARGV: filter by reason; filter by text; most letters; ids.
-- Returns how many.
-- KEYS: tasks payloads priorities deadPayloads
-- USES: now promote wake letters exhume
local promoted = promote()
local fresh = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local letter = #fresh < tonumber(ARGV[3]) and call('HEXISTS', tasks, id) == 0 and letterOf(id)
  if letter then
    local record, priority = letter[6], letter[5]
    if #record >= 31 then
      local flags = string.char(bit.bor(record:byte(19), 8))
      record = record:sub(1, 6) .. struct.pack('>I6I6', now, 0) .. flags .. record:sub(20)
    end
    local payload = flagOf(record, 1) and call('HGET', deadPayloads, id)
    call('HSET', tasks, id, record)
    if payload then call('HSET', payloads, id, payload) end
    if priority ~= '0' then call('HSET', priorities, id, priority) end
    fresh[#fresh + 1] = id
    makeReady({ id })
    exhume(id)
  end
end
wake(promoted + #fresh)
return #fresh
