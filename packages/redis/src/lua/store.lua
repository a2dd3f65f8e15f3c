-- Stores tasks of any kind, one after another, in their order.
-- ARGV, and what it returns: see store-once.lua.
-- USES: store-once
return storeOnce()
