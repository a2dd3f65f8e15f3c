-- Tasks that are held, claim by claim, those first whose lease ends first.
-- ARGV: the least end, as ZRANGEBYSCORE takes it; most tasks, but each claim is given as a whole.
-- Returns for each claim its token, its end, and the ids in it.
-- USES: claims
local found, count = {}, 0
local ends = call('ZRANGEBYSCORE', claims, ARGV[1], '+inf', 'WITHSCORES')
for i = 1, #ends, 2 do
  local held = heldBy(ends[i])
  found[#found + 1] = { ends[i], ends[i + 1], held }
  count = count + #held
  if count >= tonumber(ARGV[2]) then break end
end
return found
