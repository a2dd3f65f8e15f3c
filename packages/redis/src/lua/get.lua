-- Reads live tasks, as an operator sees them.
-- ARGV: the state that is asked for, or nothing; how the text of the tasks that are asked for begins after its 6 bytes, or nothing; ids.
-- Returns, as far as their payloads come to 8 MiB or the first, a list, eight for each: id, state (ready, scheduled, active; nothing where
-- there is no such task), record with its text, state of a task that was put back, token, end of its lease, cancel mark, payload.
-- KEYS: tasks payloads states scheduled marks
-- USES: allow-when-full now promote wake holders inline claims
wake(promote())
local ids = { unpack(ARGV, 3) }
local holders = holdersOf(ids)
local list, bytes = {}, 0

local function stateOf(id, record)
  if not record then return '' end
  local state = holders[id] and 'active' or call('ZSCORE', scheduled, id) and 'scheduled' or 'ready'
  local text = ARGV[2] ~= '' and (textOf(record) or '')
  local isWanted = ARGV[1] == '' or ARGV[1] == state
  return isWanted and (not text or text:sub(7, 6 + #ARGV[2]) == ARGV[2]) and state or ''
end

for i, id in ipairs(ids) do
  local record = call('HGET', tasks, id)
  local state = stateOf(id, record)
  if state == '' then
    for _ = 1, 8 do list[#list + 1] = '' end
  else
    local token = holders[id] or ''
    local payload = flagOf(record, 1) and call('HSTRLEN', payloads, id) or 0
    bytes = bytes + payload
    if bytes > 8388608 and i > 1 then break end
    local found = {
      id, state, inlined(record), call('HGET', states, id) or '', token, token ~= '' and string.format('%.0f', endOf(token, id)) or '',
      call('HGET', marks, id) or '', payload > 0 and call('HGET', payloads, id) or '',
    }
    for field = 1, 8 do list[#list + 1] = found[field] end
  end
end
return cmsgpack.pack(list)
