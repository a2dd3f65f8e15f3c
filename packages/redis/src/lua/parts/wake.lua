-- wake(count): tells so many sleepers, those whose wait ends first, that this queue has work for them.
-- A sleeper is the channel of a process, scored with the end of its wait; whoever is told is a sleeper no more.
-- Where nobody hears a channel, its process has died, and the next one is told instead. In a cluster others may hear it on
-- another node: there a channel ends with a '+', and is taken at its word.
-- KEYS: ready sleepers
-- USES: now
local function wake(count)
  while count > 0 do
    local told = call('ZPOPMIN', sleepers, count)
    if #told == 0 then return end
    for i = 1, #told, 2 do
      local isWaiting = tonumber(told[i + 1]) >= now
      if isWaiting and (call('PUBLISH', told[i], ready) > 0 or told[i]:sub(-1) == '+') then
        count = count - 1
      end
    end
  end
end
