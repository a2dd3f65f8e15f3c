-- scoresOf(lowest, highest): where the tasks of these priorities stand among the ready ones that are not normal, see make-ready.lua: from
-- which score to which, as ZRANGEBYSCORE takes them, before the list of the normal ones, and likewise after it; nil where there are none.
local function scoresOf(lowest, highest)
  local from, to = string.format('%.0f', -highest * 2 ^ 44), string.format('(%.0f', (1 - lowest) * 2 ^ 44)
  if lowest > 0 then return from, to end
  if highest < 0 then return nil, nil, from, to end
  return highest > 0 and from or nil, '(0', lowest < 0 and '0' or nil, to
end
