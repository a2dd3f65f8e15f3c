-- Forgets up to ?3 outcomes of queue ?1, the oldest first, up to sequence ?2.
DELETE FROM tasq_outcomes
WHERE sequence IN (
  SELECT sequence FROM tasq_outcomes WHERE queue = ?1 AND state = 'completed' AND sequence <= ?2
  UNION ALL
  SELECT sequence FROM tasq_outcomes WHERE queue = ?1 AND state = 'cancelled' AND sequence <= ?2
  ORDER BY sequence LIMIT ?3
)
