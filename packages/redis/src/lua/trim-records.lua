-- Removes shared records that are over.
-- ARGV: most of them.
-- Returns how many.
-- KEYS: sharedRecords recordEnds
-- USES: allow-when-full now
local names = call('ZRANGEBYSCORE', recordEnds, '-inf', now, 'LIMIT', 0, ARGV[1])
for _, name in ipairs(names) do
  local length, rest = name:match('^(%d+):(.*)$')
  call('HDEL', sharedRecords .. rest:sub(1, length), rest:sub(length + 1))
end
if #names > 0 then call('ZREM', recordEnds, unpack(names)) end
return #names
