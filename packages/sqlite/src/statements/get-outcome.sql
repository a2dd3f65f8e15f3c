-- ?1 id, ?2 queue, ?3 now
SELECT
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, result, encoding, reason, sequence
FROM tasq_outcomes
WHERE id = ?1 AND queue = ?2 AND kept_until > ?3
