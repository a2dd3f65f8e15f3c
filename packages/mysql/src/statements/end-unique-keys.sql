-- The tasks that hold these keys are finished: a key is held no longer than its window. :keys as conditions, one for each
DELETE k FROM {unique_keys} AS k FORCE INDEX (PRIMARY) WHERE (:keys) AND k.window_until <= @tasq_now;
UPDATE {unique_keys} AS k FORCE INDEX (PRIMARY) SET k.held_until = k.window_until WHERE :keys
