-- Ready tasks of another priority than the normal one are scored by priority, then order: see make-ready.lua.
-- highScores(lowest, highest), lowScores(lowest, highest): between which scores those from one priority to another stand, as ZRANGEBYSCORE
-- takes them, before the list of the normal ones and after it; nothing where there can be none. Without bounds: all.
local function scores(lowest, highest)
  return string.format('%.0f', -highest * 2 ^ 44), string.format('(%.0f', (1 - lowest) * 2 ^ 44)
end

local function highScores(lowest, highest)
  if not lowest then return '-inf', '(0' end
  if highest > 0 then return scores(math.max(lowest, 1), highest) end
end

local function lowScores(lowest, highest)
  if not lowest then return '0', '+inf' end
  if lowest < 0 then return scores(lowest, math.min(highest, -1)) end
end
