-- What is kept of tasks that were completed or cancelled.
-- ARGV: how the text of the tasks that are asked for begins after its 6 bytes, or nothing; ids.
-- Returns, as far as they come to 8 MiB or the first, a list of each outcome, see keep.lua; empty where none is kept.
-- KEYS: outcomes outcomeEnds
-- USES: now
local list, bytes = {}, 0
for i = 2, #ARGV do
  local id = ARGV[i]
  local keptUntil = call('ZSCORE', outcomeEnds, id)
  local isKept = keptUntil and tonumber(keptUntil) > now
  if isKept and bytes > 0 and bytes + call('HSTRLEN', outcomes, id) > 8388608 then break end
  local value = isKept and call('HGET', outcomes, id) or ''
  if value ~= '' and ARGV[1] ~= '' then
    local text = cmsgpack.unpack(value)[4]
    if text:sub(7, 6 + #ARGV[1]) ~= ARGV[1] then value = '' end
  end
  list[#list + 1] = value
  bytes = bytes + #value
end
return cmsgpack.pack(list)
