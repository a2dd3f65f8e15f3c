-- The tasks that `claim` has just claimed, while they are still among the waiting. Same parameters ?1 to ?4.
SELECT
  t.id, t.queue, t.task, t.priority, t.payload, t.encoding, t.policy, t.headers,
  t.lease_ms, t.keep_result_ms, t.unique_key, t.attempts + 1, t.enqueued_at, t.ready_at, t.expires_at, t.history,
  t.unique_window_ms, t.sequence
FROM tasq_waiting AS w CROSS JOIN tasq_tasks AS t ON t.sequence = w.sequence
WHERE w.queue = ?1 AND w.priority = ?2 AND w.ready_at <= ?3
ORDER BY w.ready_at, w.sequence
LIMIT ?4
