-- Ends tasks of which nothing is kept: the common case, with few commands for many tasks.
-- ARGV: how many tokens; token and number of its tasks for each; then the ids.
-- Returns nil where all were ended, else a letter for each: s (settled), l (lost), g (gone).
-- USES: now claims standing drop
local tokens = tonumber(ARGV[1])
local first = 2 * tokens + 2
local ended, answers, isWhole = {}, {}, true
for group = 1, tokens do
  local token = ARGV[2 * group]
  local last = first + ARGV[2 * group + 1] - 1
  local flags = call('SMISMEMBER', claim .. token, unpack(ARGV, first, last))
  local held = {}
  for i = 1, #flags do
    local id = ARGV[first + i - 1]
    if flags[i] == 1 then
      held[#held + 1] = id
      ended[#ended + 1] = id
      answers[#answers + 1] = 's'
    else
      isWhole = false
      answers[#answers + 1] = standing(token, id)
    end
  end
  if #held > 0 then letGo(token, held) end
  first = last + 1
end
if #ended > 0 then drop(ended) end
return not isWhole and table.concat(answers)
