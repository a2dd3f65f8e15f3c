-- storeOnce(): stores tasks of any kind under a receipt.
-- ARGV: the bit of the receipt; the texts that the tasks have, and the tasks, as two lists: see store-tasks.lua.
-- Gives the duplicates as JSON, position and holder of each; nil where there are none. A repeat gives what the first call did.
-- KEYS: receipt answers
-- USES: store-tasks wake
local function storeOnce()
  if call('GETBIT', receipt, ARGV[1]) == 1 then return call('GET', answers) end
  call('SETBIT', receipt, ARGV[1], 0) -- the first write: where memory is full it fails, and so does all of this
  local duplicates, fresh, isSooner = storeTasks(cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3]))
  local answer = #duplicates > 0 and cjson.encode(duplicates)
  if answer then call('SET', answers, answer, 'PX', 310000) end
  call('SETBIT', receipt, ARGV[1], 1)
  call('PEXPIRE', receipt, 310000)
  wake(fresh, isSooner)
  return answer
end
