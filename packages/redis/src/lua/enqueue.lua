-- Stores tasks that are ready at once and have small payloads, no expiry and no unique key; no two of them have one id.
-- ARGV: the bit of the receipt; their ids and their records (from the flags on) as two lists; the texts that they have, each
-- after its digest, as a list; and, where some are not normal, their priorities as JSON.
-- Returns the duplicates as JSON, position and id of each; nil where there are none. A repeat returns what the first call did.
-- KEYS: tasks texts priorities receipt answers
-- USES: now promote wake
if call('GETBIT', receipt, ARGV[1]) == 1 then return call('GET', answers) end

local ids, records = cmsgpack.unpack(ARGV[2])
local known = call('HMGET', tasks, unpack(ids))
local times = struct.pack('>I6I6I6', now, now, 0)
local ranks = ARGV[4] and cjson.decode(ARGV[4])
local stored, fresh, ranked_, duplicates = {}, {}, {}, {}
for i = 1, #ids do
  local id = ids[i]
  if known[i] then
    duplicates[#duplicates + 1] = i - 1
    duplicates[#duplicates + 1] = id
  else
    local at = 2 * i - #duplicates
    stored[at - 1], stored[at] = id, times .. records[i]
    fresh[at / 2] = id
    if ranks and ranks[i] ~= 0 then
      ranked_[#ranked_ + 1] = id
      ranked_[#ranked_ + 1] = ranks[i]
    end
  end
end

-- The first write: where memory is full it fails, and so does all of this.
call('SETBIT', receipt, ARGV[1], 0)
local promoted = promote()
if #fresh > 0 then
  local shared = cmsgpack.unpack(ARGV[3])
  for i = 1, #shared, 2 do call('HSETNX', texts, shared[i], shared[i + 1]) end
  call('HSET', tasks, unpack(stored))
  if #ranked_ > 0 then call('HSET', priorities, unpack(ranked_)) end
  makeReady(fresh)
end
local answer = #duplicates > 0 and cjson.encode(duplicates)
if answer then call('SET', answers, answer, 'PX', 310000) end
call('SETBIT', receipt, ARGV[1], 1)
call('PEXPIRE', receipt, 310000)
wake(promoted + #fresh)
return answer
