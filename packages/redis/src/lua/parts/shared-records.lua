-- Shared records of a kind are a hash: key → a list of the end, or nothing where there is none, the version and the value. When those that
-- end do so, stands in a sorted set of all kinds, under the length of the kind, ':', kind and key.
-- recordName(kind, key): what a record is called there.
-- versionOf(kind, key): the version of a record that is not over; nil where there is none.
-- KEYS: sharedRecords recordEnds
-- USES: now
local function recordName(kind, key)
  return #kind .. ':' .. kind .. key
end

local function versionOf(kind, key)
  local found = call('HGET', sharedRecords .. kind, key)
  if not found then return end
  local recordEnd, version = unpack(cmsgpack.unpack(found))
  if recordEnd == '' or tonumber(recordEnd) > now then return version end
end
