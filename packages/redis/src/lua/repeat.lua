-- What a reserve call still holds, and a mark that it must claim nothing if it arrives only now.
-- ARGV: token.
-- Returns what was gathered; with nothing held: the time and false.
-- KEYS: repeated
-- USES: allow-when-full now claims gather
call('SET', repeated, 1, 'PX', 310000)
local ids = heldBy(ARGV[1])
if #ids == 0 then return { now, false } end
local _, gathered = gather(ids)
return gathered
