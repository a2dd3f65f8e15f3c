-- takeIn(ids, places, newRecords, records): stores tasks that are to be held at once, and puts their records among the others.
-- ARGV, from the fourth: the texts that new tasks have, each after its digest, as a list; their priorities as JSON, empty where all
-- are normal; and their payloads that stand apart, as a list, empty where none does.
-- KEYS: tasks payloads texts priorities
-- USES: now text
local function takeIn(ids, places, newRecords, records)
  if #ids == 0 then return end
  local shared, ranks, apart = cmsgpack.unpack(ARGV[4]), cjson.decode(ARGV[5]), cmsgpack.unpack(ARGV[6])
  local times, stored = struct.pack('>I6I6I6', now, now, 0), {}
  for i = 1, #shared, 2 do call('HSETNX', texts, shared[i], shared[i + 1]) end
  for i, id in ipairs(ids) do
    local place = places[id]
    local record = times .. newRecords[place]
    records[place], stored[2 * i - 1], stored[2 * i] = record, id, record
    if flagOf(record, 1) then call('HSET', payloads, id, apart[place]) end
    if (ranks[place] or 0) ~= 0 then call('HSET', priorities, id, ranks[place]) end
  end
  call('HSET', tasks, unpack(stored))
end
