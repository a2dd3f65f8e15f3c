-- Dead letters, oldest first. ?1 queue, ?2 ids as JSON or null, ?3 task or null, ?4 reason or null, ?5 after this sequence, ?6 limit
SELECT
  id, queue, task, reason, failure, attempts, enqueued_at, died_at, kept_until,
  payload, encoding, headers, priority, policy, history, sequence
FROM tasq_dead_letters
WHERE queue = ?1 AND sequence > ?5
  AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2)))
  AND (?3 IS NULL OR task = ?3)
  AND (?4 IS NULL OR reason = ?4)
ORDER BY sequence
LIMIT ?6
