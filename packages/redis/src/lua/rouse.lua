-- Hands on a wake-up that came to a process which has no use for it any more.
-- KEYS: ready ranked
-- USES: wake
if call('EXISTS', ready, ranked) > 0 then wake(1) end
return false
