-- The same for tasks that follow from one of another queue, which must be settled also where memory is full.
-- ARGV, and what it returns: see store-once.lua.
-- USES: allow-when-full store-once
return storeOnce()
