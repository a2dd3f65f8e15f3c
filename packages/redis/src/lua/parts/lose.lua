-- attemptsOf(state): how many attempts a task that was put back has behind it.
-- lose(id, token, state, record): counts the attempt of a holder who has lost the task, and takes it from under the token.
-- KEYS: states
-- USES: now claims
local function attemptsOf(state)
  return tonumber(state and state:match('"attempts":(%d+)')) or 0
end

local function lose(id, token, state, record)
  local readyAt = #record >= 12 and struct.unpack('>I6', record, 7) or now
  local at = state and state:match('^%d+') or string.format('%.0f', readyAt)
  local rest = state and state:match('^%d+ {"attempts":%d+(.*)$') or '}'
  call('HSET', states, id, at .. ' {"attempts":' .. attemptsOf(state) + 1 .. rest)
  letGo(token, { id })
end
