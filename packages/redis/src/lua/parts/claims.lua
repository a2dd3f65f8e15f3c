-- A claim is what one reserve call holds: a set of ids under the call's token, whose end is scored in the sorted set of claims. A
-- lease is held by whoever names the token in whose set the id is. Tasks whose lease ends at another time than their claim,
-- because they were renewed or have another length, stand in the sorted set of renewed ones: length of the token, ':', token, id.
-- One member of each set is no task but its anchor: 65 dashes, and the ids in their order. A member of that length also keeps Redis
-- from the compact form of a set, which it searches from one end to the other.
-- KEYS: claims claim renewed
local ANCHOR = string.rep('-', 65)

local function renewedName(token, id)
  return #token .. ':' .. token .. id
end

-- hold(token, ids): puts tasks under a token that holds none yet.
local function hold(token, ids)
  call('SADD', claim .. token, ANCHOR .. cmsgpack.pack(ids), unpack(ids))
end

-- endOf(token, id): when the lease on a task that is held under a token ends.
local function endOf(token, id)
  return tonumber(call('ZSCORE', renewed, renewedName(token, id)) or call('ZSCORE', claims, token)) or 0
end

-- heldBy(token): the tasks under a token, in their order.
local function heldBy(token)
  local members = call('SMEMBERS', claim .. token)
  local isThere, order, held = {}, members, {}
  for _, member in ipairs(members) do
    if member:sub(1, #ANCHOR) == ANCHOR then
      order = cmsgpack.unpack(member:sub(#ANCHOR + 1))
    else
      isThere[member] = true
    end
  end
  for _, id in ipairs(order) do
    if isThere[id] then held[#held + 1] = id end
  end
  return held
end

-- letGo(token, ids): takes tasks that are held from under their token.
local function letGo(token, ids)
  call('SREM', claim .. token, unpack(ids))
  if call('SCARD', claim .. token) <= 1 then
    call('DEL', claim .. token)
    call('ZREM', claims, token)
  end
  if call('EXISTS', renewed) == 0 then return end
  local names = {}
  for i = 1, #ids do names[i] = renewedName(token, ids[i]) end
  call('ZREM', renewed, unpack(names))
end
