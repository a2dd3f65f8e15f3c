-- inlined(record): the same record with its text in it, so that it can be read when no other task has that text any more.
-- USES: text
local function inlined(record)
  local text = textOf(record)
  if not text or flagOf(record, 2) then return record end
  local flags = string.char(record:byte(19) + 2)
  return record:sub(1, 18) .. flags .. record:sub(20, 31) .. struct.pack('>I4', #text) .. text .. record:sub(32)
end
