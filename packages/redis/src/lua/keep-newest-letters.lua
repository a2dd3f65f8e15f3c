-- Deletes dead letters beyond the newest, the oldest first.
-- ARGV: how many stay; most of them.
-- Returns how many were deleted, twice.
-- USES: allow-when-full exhume
local surplus = math.min(call('ZCARD', deaths) - ARGV[1], tonumber(ARGV[2]))
local ids = surplus > 0 and call('ZRANGE', deaths, 0, surplus - 1) or {}
for _, id in ipairs(ids) do exhume(id) end
return { #ids, #ids }
