-- Ends tasks whose outcome is kept.
-- ARGV: channel for hints; queue; as a list, three for each task: how many ms it is kept, JSON, result; then groups.
-- Returns nil where all were ended, else a letter for each.
-- USES: allow-when-full groups keep-completed drop hint
local held, places, letters = heldOf(4)
if #held == 0 then return letters end
keepCompleted(held, places, cmsgpack.unpack(ARGV[3]))
letGoOf(4)
drop(held)
hint(held)
return letters
