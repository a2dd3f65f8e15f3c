-- Deletes a waiting task, or what is kept of one that was completed or cancelled.
-- ARGV: channel for hints; queue; id.
-- Returns c (changed), a (it runs), u (unknown, or dead).
-- KEYS: tasks outcomeEnds
-- USES: now holders unwait drop hint forget
local id = ARGV[3]
if call('HEXISTS', tasks, id) == 1 then
  if holdersOf({ id })[id] then return 'a' end
  unwait(id)
  drop({ id })
  hint({ id })
  return 'c'
end
local keptUntil = call('ZSCORE', outcomeEnds, id)
if not keptUntil then return 'u' end
forget({ id })
return tonumber(keptUntil) > now and 'c' or 'u'
