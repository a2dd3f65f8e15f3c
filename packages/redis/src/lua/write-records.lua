-- Changes shared records, and stores tasks with them: all, or, where a condition does not hold, nothing.
-- ARGV: the changes as a list, six for each: kind, key, value after a '+' (nothing: it is removed), version, how many ms it lives or nothing,
-- and the version that it must have now after a '+', '-' where there must be none, or nothing; then, where there are tasks, the two lists of
-- store-tasks.lua.
-- Returns 1 where they were made, now or by an earlier call of which this is a repeat; 0 where a condition does not hold.
-- KEYS: claims
-- USES: shared-records store-tasks wake
local changes = cmsgpack.unpack(ARGV[1])
if versionOf(changes[1], changes[2]) == changes[4] then return 1 end
for at = 1, #changes, 6 do
  local wanted = changes[at + 5]
  local version = wanted ~= '' and versionOf(changes[at], changes[at + 1])
  if wanted ~= '' and (version and '+' .. version or '-') ~= wanted then return 0 end
end

-- Where memory is full, who leads and who is there must go on, else nobody would make room; see allow-when-full.lua.
if not ARGV[2] then call('ZREM', claims, '') end
for at = 1, #changes, 6 do
  local kind, key, value, version, ttl = unpack(changes, at, at + 4)
  local recordEnd = ttl ~= '' and string.format('%.0f', now + ttl) or ''
  if value == '' then
    call('HDEL', sharedRecords .. kind, key)
  else
    call('HSET', sharedRecords .. kind, key, cmsgpack.pack({ recordEnd, version, value:sub(2) }))
  end
  if value == '' or recordEnd == '' then
    call('ZREM', recordEnds, recordName(kind, key))
  else
    call('ZADD', recordEnds, recordEnd, recordName(kind, key))
  end
end
if ARGV[2] then
  local _, fresh, isSooner = storeTasks(cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3]))
  wake(fresh, isSooner)
end
return 1
