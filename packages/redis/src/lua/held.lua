-- Which tasks are held under their tokens.
-- ARGV: groups.
-- Returns nil where all are, else a letter for each, s for those that are.
-- USES: groups
local _, _, letters = heldOf(1)
return letters
