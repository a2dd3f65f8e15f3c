-- A claim is what one reserve call holds: a set of ids under the call's token, whose end is scored in the sorted set of claims. A
-- lease is held by whoever names the token in whose set the id is. Tasks whose lease ends at another time than their claim,
-- because they were renewed or have another length, stand in the sorted set of renewed ones: length of the token, ':', token, id.
-- Each set has a member of 65 bytes that is no task: with it Redis does not take the compact form that it searches from one end
-- to the other.
-- KEYS: claims claim renewed
local ANCHOR = string.rep('-', 65)

local function renewedName(token, id)
  return #token .. ':' .. token .. id
end

-- hold(token, ids): puts tasks under a token.
local function hold(token, ids)
  call('SADD', claim .. token, ANCHOR, unpack(ids))
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
