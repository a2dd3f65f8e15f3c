-- Ends tasks of which nothing is kept: the common case, with few commands for many tasks.
-- ARGV: groups.
-- Returns nil where all were ended, else a letter for each.
-- USES: now groups drop
local held, _, letters = heldOf(1)
letGoOf(1)
if #held > 0 then drop(held) end
return letters
