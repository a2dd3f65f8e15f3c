-- Forgets up to ?3 outcomes of queue ?1 in state ?2, the oldest first.
DELETE FROM tasq_outcomes
WHERE sequence IN (SELECT sequence FROM tasq_outcomes WHERE queue = ?1 AND state = ?2 ORDER BY sequence LIMIT ?3)
