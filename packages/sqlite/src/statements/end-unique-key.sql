-- The task ?3 is finished: its key is held no longer than its window.
UPDATE tasq_unique_keys SET held_until = window_until WHERE queue = ?1 AND unique_key = ?2 AND id = ?3
