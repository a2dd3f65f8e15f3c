-- Writes settlements of tasks that are not completed, one after another, each only where its token holds the task. A task is put where
-- it goes before its token lets go of it.
-- ARGV: channel for hints; queue; then as a list, six for each: kind, token, id, a number of ms, JSON, and a reason.
-- Kinds: back (after so many ms; JSON is its state), cancelled (kept for so many ms, or not where that is empty), dead (kept for so
-- many ms; with a reason).
-- Returns a letter for each: s (settled), l (lost), g (gone), c (a cancel mark stands against it).
-- KEYS: scheduled states settledBy marks
-- USES: allow-when-full now promote wake claims standing drop keep bury hint
local list = cmsgpack.unpack(ARGV[3])
local answers, finished = {}, {}
local earliest = call('ZRANGE', scheduled, 0, 0)[1]
local fresh, isPromoted = 0, false

local function putBack(token, id, delay, json)
  call('HSET', states, id, string.format('%.0f ', now + delay) .. json)
  call('HSET', settledBy, id, token)
  if tonumber(delay) > 0 then
    call('ZADD', scheduled, now + delay, id)
  else
    if not isPromoted then fresh = promote() end -- what is due goes before
    isPromoted = true
    fresh = fresh + makeReady({ id })
  end
  letGo(token, { id })
end

local function finish(kind, token, id, keepMs, json, reason)
  if kind == 'dead' then
    bury(id, json, keepMs, reason)
  elseif keepMs ~= '' then
    keepCancelled(id, json, keepMs, call('HGET', marks, id) or '')
  end
  letGo(token, { id })
  drop({ id })
  finished[#finished + 1] = id
end

for at = 1, #list, 6 do
  local kind, token, id, number, json, reason = unpack(list, at, at + 5)
  local answer = 's'
  if call('SISMEMBER', claim .. token, id) == 0 then
    answer = standing(token, id)
  elseif kind ~= 'back' then
    finish(kind, token, id, number, json, reason)
  elseif call('HEXISTS', marks, id) == 1 then
    answer = 'c'
  else
    putBack(token, id, number, json)
  end
  answers[#answers + 1] = answer
end
hint(finished)
local isSooner = call('ZRANGE', scheduled, 0, 0)[1] ~= earliest
wake(fresh, isSooner)
return table.concat(answers)
