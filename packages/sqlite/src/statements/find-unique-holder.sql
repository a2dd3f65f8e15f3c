-- The task that holds a key at ?3: a live one, or one whose window is not over. ?1 queue, ?2 key
SELECT id FROM tasq_unique_keys
WHERE queue = ?1 AND unique_key = ?2 AND (held_until IS NULL OR held_until > ?3)
