-- Reads dead letters.
-- ARGV: filter by reason; filter by text; ids.
-- Returns, as far as they come to 8 MiB or the first, a list, two for each: the letter, empty where there is none that meets the filter, and
-- its payload where that stands apart.
-- KEYS: deadPayloads
-- USES: letters
local list, bytes = {}, 0
for i = 3, #ARGV do
  local letter, value = letterOf(ARGV[i])
  local payload = letter and flagOf(letter[6], 1) and call('HGET', deadPayloads, ARGV[i]) or ''
  bytes = bytes + #(value or '') + #payload
  if bytes > 8388608 and i > 3 then break end
  list[#list + 1], list[#list + 2] = value or '', payload
end
return cmsgpack.pack(list)
