-- Forgets a name that has not been used for so many ms.
-- ARGV: name; ms.
-- KEYS: queues
-- USES: now
local usedAt = call('ZSCORE', queues, ARGV[1])
if usedAt and now - usedAt >= tonumber(ARGV[2]) then call('ZREM', queues, ARGV[1]) end
return false
