-- Hands on a wake-up that came to a process which has no use for it any more: because there is work, or because the next task is due sooner
-- than sleepers knew.
-- KEYS: ready ranked scheduled
-- USES: wake
wake(call('EXISTS', ready, ranked) > 0 and 1 or 0, call('EXISTS', scheduled) == 1)
return false
