-- Leases tasks by their ids, whenever they are due; those that are not there are stored, and leased.
-- ARGV: token; how tokens begin that give way; ids and records (from the flags on) as two lists; see take-in.lua for what follows.
-- Returns a word for each: the attempt that it is leased for; h and for how many ms somebody else holds it; f (finished); d (dead). And
-- of those that are dead, a list, three for each: reason, JSON, and for how many ms it is still kept.
-- All is read before anything is written, and a task is held before it is taken from where it waits, or from its holder.
-- KEYS: tasks states scheduled settledBy outcomeEnds dead
-- USES: allow-when-full now holders unwait lose join take-in
local token, ids, newRecords = ARGV[1], cmsgpack.unpack(ARGV[3])
local function read(command, key) return call('EXISTS', key) == 1 and call(command, key, unpack(ids)) or {} end
local records, carried, due = read('HMGET', tasks), read('HMGET', states), read('ZMSCORE', scheduled)
local ends, buried = read('ZMSCORE', outcomeEnds), read('HMGET', dead)
local mine = call('SMISMEMBER', claim .. token, unpack(ids))

local answers, letters, places = {}, {}, {}
local admitted, new, later, unclear, waiting, lost, handed = {}, {}, {}, {}, {}, {}, {}
local function admit(id, kind)
  kind[#kind + 1], admitted[#admitted + 1] = id, id
end

for i, id in ipairs(ids) do
  places[id] = i
  answers[i] = attemptsOf(carried[i]) + 1
  if not records[i] and ends[i] and tonumber(ends[i]) > now then
    answers[i] = 'f'
  elseif not records[i] and buried[i] then
    local reason, json, _, keptUntil = unpack(cmsgpack.unpack(buried[i]))
    local left = string.format('%.0f', math.max(0, keptUntil - now))
    letters[#letters + 1], letters[#letters + 2], letters[#letters + 3] = reason, json, left
    answers[i] = 'd'
  elseif mine[i] == 0 then
    local isUnclear = records[i] and not due[i] -- ready, or held by somebody else
    if isUnclear then unclear[#unclear + 1] = id else admit(id, records[i] and later or new) end
  end
end

local holders = holdersOf(unclear)
for _, id in ipairs(unclear) do
  local place, holder = places[id], holders[id]
  local left = holder and endOf(holder, id) - now or 0
  local isHandedOn = holder and holder:sub(1, #ARGV[2]) == ARGV[2] -- which was no attempt
  if left > 0 and not isHandedOn then
    answers[place] = string.format('h%.0f', left)
  elseif isHandedOn then
    admit(id, handed)
  else
    if holder then answers[place] = answers[place] + 1 end
    admit(id, holder and lost or waiting)
  end
end

if #admitted > 0 then
  takeIn(new, places, newRecords, records)
  join(token, admitted, places, records)
  for _, id in ipairs(lost) do lose(id, holders[id], carried[places[id]], records[places[id]]) end
  for _, id in ipairs(handed) do letGo(holders[id], { id }) end
  for _, id in ipairs(waiting) do unwait(id) end
  if #later > 0 then call('ZREM', scheduled, unpack(later)) end
  if call('EXISTS', settledBy) == 1 then call('HDEL', settledBy, unpack(admitted)) end
end
return { table.concat(answers, ' '), cmsgpack.pack(letters) }
