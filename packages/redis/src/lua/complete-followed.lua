-- Ends tasks, and stores those that follow from them, of this queue and of others: which they are is said of each list of them, by its
-- number among the queues whose keys are given. A task that has its parent's unique key finds it free.
-- ARGV: channel for hints; queue; as a list, three for each task: how many ms it is kept, or nothing where it is not, JSON, result; how many
-- lists of tasks follow; for each of them four: number of its queue, place of the parent, and the two of store-tasks.lua; then groups.
-- Returns nil where all were ended, else a letter for each.
-- QUEUES: many
-- USES: allow-when-full groups keep-completed drop hint store-tasks wake
local lists = tonumber(ARGV[4])
local first = 5 + 4 * lists
local held, places, letters = heldOf(first)
if #held == 0 then return letters end

local isEnded, kept, keptPlaces = {}, {}, {}
local outcomesOf = cmsgpack.unpack(ARGV[3])
for i, id in ipairs(held) do
  local place = places[i]
  isEnded[place] = true
  if outcomesOf[3 * place - 2] ~= '' then kept[#kept + 1], keptPlaces[#keptPlaces + 1] = id, place end
end
if #kept > 0 then keepCompleted(kept, keptPlaces, outcomesOf) end
letGoOf(first)
drop(held)
hint(kept)

for at = 5, first - 1, 4 do
  if isEnded[tonumber(ARGV[at + 1])] then
    useQueue(ARGV[at])
    local _, fresh, isSooner = storeTasks(cmsgpack.unpack(ARGV[at + 2]), cmsgpack.unpack(ARGV[at + 3]))
    wake(fresh, isSooner)
  end
end
return letters
