-- ?1 id, ?2 queue
SELECT
  t.id, t.queue, t.task, t.priority, t.attempts, t.enqueued_at, t.ready_at, t.expires_at, t.unique_key,
  t.keep_result_ms, t.payload, t.encoding, t.headers, t.policy, t.history,
  c.attempt, c.lease_until, c.token, c.cancel_requested, t.sequence
FROM tasq_tasks AS t LEFT JOIN tasq_claims AS c ON c.sequence = t.sequence
WHERE t.id = ?1 AND t.queue = ?2
