-- join(token, ids, places, records): leases tasks, each for its own time from now, under a token that may hold others already.
-- USES: now text claims
local function join(token, ids, places, records)
  local claimEnd, lengthOf, alone = tonumber(call('ZSCORE', claims, token)), {}, {}
  local isNew = not claimEnd
  for _, id in ipairs(ids) do
    local record = records[places[id]]
    local kind = record:sub(19, 27)
    lengthOf[kind] = lengthOf[kind] or leaseOf(textOf(record))
    local leaseEnd = now + lengthOf[kind]
    claimEnd = claimEnd or leaseEnd
    if leaseEnd ~= claimEnd then
      alone[#alone + 1], alone[#alone + 2] = leaseEnd, renewedName(token, id)
    end
  end
  if isNew then
    hold(token, ids)
    call('ZADD', claims, claimEnd, token)
  else
    local held = heldBy(token)
    for _, id in ipairs(ids) do held[#held + 1] = id end
    call('DEL', claim .. token) -- with its anchor
    hold(token, held)
  end
  if #alone > 0 then call('ZADD', renewed, unpack(alone)) end
end
