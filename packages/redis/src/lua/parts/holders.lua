-- holdersOf(ids): the token under which each of these tasks is held, by id; nil for those that are not. It looks through all claims, so
-- it is for operators, not for workers. For many ids it reads what is held once, rather than ask each claim for each of them.
-- KEYS: tasks scheduled claims claim
local MANY = 50

local function findIn(token, asked, holders)
  if #asked > MANY then
    for _, member in ipairs(call('SMEMBERS', claim .. token)) do holders[member] = token end
    return
  end
  local flags = call('SMISMEMBER', claim .. token, unpack(asked))
  for i = 1, #asked do
    if flags[i] == 1 then holders[asked[i]] = token end
  end
end

local function holdersOf(ids)
  local holders, asked = {}, {}
  for _, id in ipairs(ids) do
    if call('HEXISTS', tasks, id) == 1 and not call('ZSCORE', scheduled, id) then asked[#asked + 1] = id end
  end
  if #asked == 0 then return holders end
  for _, token in ipairs(call('ZRANGE', claims, 0, -1)) do findIn(token, asked, holders) end
  return holders
end
