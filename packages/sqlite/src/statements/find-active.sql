-- Claimed tasks, oldest first. ?1 queue, ?2 task or null, ?3 limit, ?4 after this sequence
SELECT
  t.id, t.queue, t.task, t.priority, t.attempts, t.enqueued_at, t.ready_at, t.expires_at, t.unique_key,
  t.keep_result_ms, t.payload, t.encoding, t.headers, t.policy, t.history,
  c.attempt, c.lease_until, c.token, c.cancel_requested, t.sequence
FROM tasq_claims AS c CROSS JOIN tasq_tasks AS t ON t.sequence = c.sequence
WHERE t.queue = ?1 AND c.sequence > ?4 AND (?2 IS NULL OR t.task = ?2)
ORDER BY c.sequence
LIMIT ?3
