-- What is claimed under token ?1.
SELECT
  t.id, t.queue, t.task, t.priority, t.payload, t.encoding, t.policy, t.headers,
  t.lease_ms, t.keep_result_ms, t.unique_key, c.attempt, t.enqueued_at, t.ready_at, t.expires_at, t.history,
  t.unique_window_ms, t.sequence
FROM tasq_claims AS c CROSS JOIN tasq_tasks AS t ON t.sequence = c.sequence
WHERE c.token = ?1
ORDER BY t.priority DESC, t.ready_at, t.sequence
