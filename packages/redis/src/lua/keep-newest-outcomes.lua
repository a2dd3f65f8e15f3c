-- Forgets what is kept of finished tasks beyond the newest, the oldest first. What is over counts for nothing, and goes where it is met.
-- ARGV: how many stay; most to look at.
-- Returns how many were removed that were not over yet, and how many were looked at.
-- KEYS: outcomeEnds completed cancelled
-- USES: allow-when-full now forget
local surplus = call('ZCOUNT', outcomeEnds, '(' .. now, '+inf') - ARGV[1]
local most = surplus > 0 and tonumber(ARGV[2]) or 0
local heads = {}
for i, key in ipairs({ completed, cancelled }) do
  heads[i] = most > 0 and call('ZRANGE', key, 0, most - 1, 'WITHSCORES') or {}
end
local at, gone, removed = { 1, 1 }, {}, 0
while #gone < most and removed < surplus do
  local first, second = tonumber(heads[1][at[1] + 1]), tonumber(heads[2][at[2] + 1])
  if not first and not second then break end
  local which = first and (not second or first < second) and 1 or 2
  local id = heads[which][at[which]]
  at[which] = at[which] + 2
  gone[#gone + 1] = id
  if tonumber(call('ZSCORE', outcomeEnds, id) or 0) > now then removed = removed + 1 end
end
forget(gone)
return { removed, #gone }
