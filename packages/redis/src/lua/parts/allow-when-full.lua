-- Where memory is full, Redis refuses what may need more of it, unless the script has removed something before, or tried to. What is
-- held must be settled then all the same, and what waits be worked off.
-- KEYS: claims
call('ZREM', claims, '')
