-- Puts another task in the place of a waiting one, which keeps its id and its unique key.
-- ARGV: id; the texts that the new task has, each after its digest, as a list; its headers as JSON, or nothing; as a list: the record from
-- its flags on, without extras and payload, the payload that stands in it, and the one that stands apart, priority, delay, due at, expires
-- in, expires at. What is not given is empty.
-- Returns c (changed), a (it runs), f (finished), u (unknown).
-- KEYS: tasks payloads texts priorities states keyOf
-- USES: allow-when-full now promote holders unwait wake ended put text
local id, headers = ARGV[1], ARGV[3]
local old = call('HGET', tasks, id)
if not old then return isEnded(id) and 'f' or 'u' end
if holdersOf({ id })[id] then return 'a' end
local head, inline, apart, priority, delay, due, expiresIn, expiresAt = unpack(cmsgpack.unpack(ARGV[4]))

-- The key as the extras of a record have it: text, and the length of its window, with which the old ones end.
local function keyText()
  local held = call('HGET', keyOf, id)
  if not held then return 'null' end
  local from = 32 + (flagOf(old, 2) and 4 + struct.unpack('>I4', old, 32) or 0)
  local extras = flagOf(old, 4) and old:sub(from + 4, from + 3 + struct.unpack('>I4', old, from)) or ''
  local window = extras:match(',([%w.+-]+)%]%]$') or 'null'
  return '[' .. cjson.encode(held:match('^%d+ (.*)$')) .. ',' .. window .. ']'
end

local key, extras = keyText(), ''
if headers ~= '' or key ~= 'null' then
  local json = '[' .. (headers ~= '' and headers or 'null') .. ',' .. key .. ']'
  extras = struct.pack('>I4', #json) .. json
  head = string.char(head:byte(1) + 4) .. head:sub(2)
end
local shared = cmsgpack.unpack(ARGV[2])
local promoted = promote()
unwait(id)
for _, place in ipairs({ states, payloads, priorities }) do call('HDEL', place, id) end
for i = 1, #shared, 2 do call('HSETNX', texts, shared[i], shared[i + 1]) end
local isReady = put(0, id, head .. extras .. inline, apart, priority, delay, due, expiresIn, expiresAt)
if isReady then promoted = promoted + makeReady({ id }) end
wake(promoted, not isReady)
return 'c'
