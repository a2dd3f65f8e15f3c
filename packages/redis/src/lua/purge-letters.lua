-- Deletes dead letters.
-- ARGV: filter by reason; filter by text; most letters; channel for hints; queue; ids.
-- Returns how many.
-- USES: letters exhume
local purged = {}
for i = 6, #ARGV do
  if #purged < tonumber(ARGV[3]) and letterOf(ARGV[i]) then
    exhume(ARGV[i])
    purged[#purged + 1] = ARGV[i]
  end
end
if #purged > 0 then call('PUBLISH', ARGV[4], cjson.encode({ ARGV[5], purged })) end
return #purged
