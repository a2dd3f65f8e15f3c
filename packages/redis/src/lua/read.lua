-- Where tasks are, or what they came to.
-- ARGV: ids.
-- Returns, as far as they come to 8 MiB or the first, a list, two for each: live, kept, dead or unknown; and its outcome or letter.
-- KEYS: tasks outcomes outcomeEnds dead
-- USES: now
local list, bytes = {}, 0
local function add(where, value)
  list[#list + 1], list[#list + 2] = where, value
  bytes = bytes + #value
end
for i, id in ipairs(ARGV) do
  local keptUntil = call('ZSCORE', outcomeEnds, id)
  local isKept = keptUntil and tonumber(keptUntil) > now
  if isKept and bytes > 0 and bytes + call('HSTRLEN', outcomes, id) > 8388608 then break end
  if call('HEXISTS', tasks, id) == 1 then
    add('live', '')
  elseif isKept then
    add('kept', call('HGET', outcomes, id) or '')
  else
    local letter = call('HGET', dead, id)
    if letter then
      local reason, json, died = unpack(cmsgpack.unpack(letter))
      add('dead', cmsgpack.pack({ reason, json, died }))
    else
      add('unknown', '')
    end
  end
end
return cmsgpack.pack(list)
