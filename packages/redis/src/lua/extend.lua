-- Renews leases, each for its own time from now.
-- ARGV: token, id and length in ms of each.
-- Returns a letter for each: h (held), l (lost), c (held, but somebody asked to cancel it).
-- KEYS: marks
-- USES: allow-when-full now claims
local hasMarks = call('EXISTS', marks) == 1
local answers = {}
for i = 1, #ARGV, 3 do
  local token, id = ARGV[i], ARGV[i + 1]
  if call('SISMEMBER', claim .. token, id) == 0 then
    answers[#answers + 1] = 'l'
  else
    call('ZADD', renewed, now + ARGV[i + 2], renewedName(token, id))
    answers[#answers + 1] = hasMarks and call('HEXISTS', marks, id) == 1 and 'c' or 'h'
  end
end
return table.concat(answers)
