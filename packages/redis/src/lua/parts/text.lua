-- A stored task, its record, is: three instants of 6 bytes (enqueued, ready, expires or 0), a byte of flags, the digest of its
-- text in 8 bytes, the length of its payload in 4, then text and extras where flags say so, each after its length in 4
-- bytes, then the payload unless it stands apart. A text is the length of the lease in 6 bytes and JSON: what tasks
-- of one definition have in common. It stands once in the queue's hash of texts, or in the record itself.
-- flagOf(record, flag): whether a flag is set: 1 the payload stands apart, 2 the text is in the record, 4 extras (headers, unique
-- key), 8 the unique key was let go.
-- textOf(record): its text, wherever it stands; false where there is none.
-- KEYS: texts
local function flagOf(record, flag)
  return #record >= 31 and bit.band(record:byte(19), flag) ~= 0
end

local function textOf(record)
  if #record < 31 then return false end
  if not flagOf(record, 2) then return call('HGET', texts, record:sub(20, 27)) end
  return #record >= 35 and record:sub(36, 35 + struct.unpack('>I4', record, 32))
end

-- leaseOf(text): how long a lease on such a task is, in ms; the default where that can't be read.
local function leaseOf(text)
  return text and #text >= 6 and struct.unpack('>I6', text, 1) or 30000
end
