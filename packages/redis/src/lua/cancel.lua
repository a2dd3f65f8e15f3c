-- Cancels tasks that wait, and marks those that run.
-- ARGV: channel for hints; queue; then id, reason after a '+' (or '-'), and how long the outcome is kept (or nothing) of each.
-- Returns a letter for each: c (cancelled), r (requested), f (finished before), u (unknown).
-- KEYS: tasks states marks
-- USES: allow-when-full now holders unwait keep drop ended hint
local function attemptsOf(id)
  local state = call('HGET', states, id)
  return tonumber(state and state:match('"attempts":(%d+)')) or 0
end

local function keep(id, reason, keepMs)
  local text = reason:sub(1, 1) == '+' and reason:sub(2) or nil
  local json = cjson.encode({ state = 'cancelled', attempts = attemptsOf(id), reason = text })
  keepCancelled(id, json, keepMs, '')
end

local ids, answers, finished = {}, {}, {}
for i = 3, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
local holders = holdersOf(ids)
for i, id in ipairs(ids) do
  local reason, keepMs = ARGV[3 * i + 1], ARGV[3 * i + 2]
  if call('HEXISTS', tasks, id) == 0 then
    answers[i] = isEnded(id) and 'f' or 'u'
  elseif holders[id] then
    call('HSETNX', marks, id, reason)
    answers[i] = 'r'
  else
    if keepMs ~= '' then keep(id, reason, keepMs) end
    unwait(id)
    drop({ id })
    finished[#finished + 1] = id
    answers[i] = 'c'
  end
end
hint(finished)
return table.concat(answers)
