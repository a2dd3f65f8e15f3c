-- holdersOf(ids): the token under which each of these tasks is held, by id; nil for those that are not. It looks through all claims, so
-- it is for operators, not for workers.
-- KEYS: claims claim
local function holdersOf(ids)
  local holders = {}
  for _, token in ipairs(call('ZRANGE', claims, 0, -1)) do
    local flags = call('SMISMEMBER', claim .. token, unpack(ids))
    for i = 1, #ids do
      if flags[i] == 1 then holders[ids[i]] = token end
    end
  end
  return holders
end
