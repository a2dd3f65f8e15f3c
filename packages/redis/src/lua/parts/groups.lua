-- Tasks to settle, grouped by token: how many tokens; token and number of its tasks for each; then the ids.
-- heldOf(first): reads them from this argument on. Gives the ids that are held, their places among all, and, unless all of them
-- are, a letter for each: s (held, so that it will be settled), l (lost), g (gone).
-- letGoOf(first): takes them from under their tokens, held or not.
-- USES: claims standing
local function eachGroup(first, apply)
  local tokens = tonumber(ARGV[first])
  local from = first + 2 * tokens + 1
  for group = 1, tokens do
    local token, last = ARGV[first + 2 * group - 1], from + ARGV[first + 2 * group] - 1
    apply(token, from, last)
    from = last + 1
  end
end

local function heldOf(first)
  local held, places, letters, place = {}, {}, {}, 0
  eachGroup(first, function(token, from, last)
    local flags = call('SMISMEMBER', claim .. token, unpack(ARGV, from, last))
    for i = 1, #flags do
      place = place + 1
      local id = ARGV[from + i - 1]
      if flags[i] == 1 then
        held[#held + 1], places[#places + 1] = id, place
        letters[place] = 's'
      else
        letters[place] = standing(token, id)
      end
    end
  end)
  return held, places, #held < place and table.concat(letters)
end

local function letGoOf(first)
  eachGroup(first, function(token, from, last) letGo(token, { unpack(ARGV, from, last) }) end)
end
