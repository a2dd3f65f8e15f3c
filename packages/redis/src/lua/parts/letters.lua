-- letterOf(id): a dead letter, as a list, where it is there and meets the filter; see bury.lua.
-- ARGV: the reason that is asked for, or nothing; how the text of the tasks that are asked for begins after its 6 bytes, or nothing.
-- KEYS: dead
-- USES: text
local function letterOf(id)
  local value = call('HGET', dead, id)
  if not value then return end
  local letter = cmsgpack.unpack(value)
  if ARGV[1] ~= '' and letter[1] ~= ARGV[1] then return end
  local text = ARGV[2] ~= '' and (textOf(letter[6]) or '')
  if text and text:sub(7, 6 + #ARGV[2]) ~= ARGV[2] then return end
  return letter, value
end
