-- holdersOf(ids): the token under which each of these tasks is held, by id; nil for those that are not. It looks through claims until it
-- has found all, so it is for operators, and for workers only where that is rare. For many ids it reads what is held once where
-- that is less, rather than ask each claim for each of them.
-- KEYS: tasks scheduled claims claim
local MANY = 50

local function holdersOf(ids)
  local holders, asked, isAsked = {}, {}, {}
  for _, id in ipairs(ids) do
    if call('HEXISTS', tasks, id) == 1 and not call('ZSCORE', scheduled, id) then
      asked[#asked + 1], isAsked[id] = id, true
    end
  end
  if #asked == 0 then return holders end

  local left = #asked
  local function found(id, token)
    holders[id] = token
    left = left - 1
  end
  for _, token in ipairs(call('ZRANGE', claims, 0, -1)) do
    if #asked > MANY and call('SCARD', claim .. token) <= #asked then
      for _, member in ipairs(call('SMEMBERS', claim .. token)) do
        if isAsked[member] then found(member, token) end
      end
    else
      local flags, others = call('SMISMEMBER', claim .. token, unpack(asked)), {}
      for i, id in ipairs(asked) do
        if flags[i] == 1 then found(id, token) else others[#others + 1] = id end
      end
      asked = others
    end
    if left == 0 then break end
  end
  return holders
end
