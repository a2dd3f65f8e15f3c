-- Removes up to ?3 dead letters of queue ?1, the oldest first, up to sequence ?2.
DELETE FROM tasq_dead_letters
WHERE sequence IN (
  SELECT sequence FROM tasq_dead_letters WHERE queue = ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3
)
