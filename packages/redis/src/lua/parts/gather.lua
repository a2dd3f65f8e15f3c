-- gather(ids): reads tasks for whoever holds them, and shortens the list to those whose payloads that stand apart come to 8 MiB, or to
-- the first. Gives the length of each lease, and what is returned of them: the time; ids and records as two lists; the texts
-- that they have, each after its digest, as a list; their states; and the payloads that stand apart.
-- KEYS: tasks payloads states
-- USES: now text
local function gather(ids)
  local records = call('HMGET', tasks, unpack(ids))
  local lengths, lengthOf, shared, apart = {}, {}, {}, {}
  local kind, length, isApart
  local bytes = 0
  for i = 1, #ids do
    local record = records[i]
    if not record then
      record = ''
      records[i] = record
    end
    local own = string.sub(record, 19, 27)
    if own ~= kind then
      kind, length, isApart = own, lengthOf[own], flagOf(record, 1)
      if not length then
        local text = textOf(record)
        length = leaseOf(text)
        lengthOf[own] = length
        if text and not flagOf(record, 2) then
          shared[#shared + 1] = own:sub(2)
          shared[#shared + 1] = text
        end
      end
    end
    if isApart then
      bytes = bytes + struct.unpack('>I4', record, 28)
      if bytes > 8388608 and i > 1 then
        for last = #ids, i, -1 do ids[last], records[last] = nil, nil end
        break
      end
      apart[#apart + 1] = ids[i]
    end
    lengths[i] = length
  end
  local known = call('EXISTS', states) == 1 and call('HMGET', states, unpack(ids))
  local given = #apart > 0 and call('HMGET', payloads, unpack(apart))
  return lengths, { now, cmsgpack.pack(ids, records), cmsgpack.pack(shared), known, given }
end
