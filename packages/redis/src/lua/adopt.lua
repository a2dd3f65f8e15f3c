-- Looks whether what is under the names of a queue is ours.
-- ARGV: the type that each key has where it is there, in the order of the keys.
-- Returns the name of the first key that is of another type; nil where all is well.
for i, key in ipairs(KEYS) do
  local kind = call('TYPE', key).ok
  if kind ~= 'none' and kind ~= ARGV[i] then return key end
end
return false
