-- standing(token, id): the answer to a settlement under a token that does not hold the task: l where a later token exists, s where
-- this one has settled and the task waits again, g where there is no such task.
-- KEYS: tasks settledBy
local function standing(token, id)
  if call('HEXISTS', tasks, id) == 0 then return 'g' end
  return call('HGET', settledBy, id) == token and 's' or 'l'
end
