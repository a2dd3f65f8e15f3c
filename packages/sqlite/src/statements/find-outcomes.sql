-- ?1 queue, ?2 state, ?3 task or null, ?4 after this sequence, ?5 limit, ?6 now
SELECT
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, result, encoding, reason, sequence
FROM tasq_outcomes
WHERE queue = ?1 AND state = ?2 AND sequence > ?4 AND kept_until > ?6 AND (?3 IS NULL OR task = ?3)
ORDER BY sequence
LIMIT ?5
