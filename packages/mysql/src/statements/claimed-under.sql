-- What is claimed under :token.
SELECT
  t.id, t.queue, t.task, t.priority, t.payload, t.encoding, t.policy, t.headers,
  t.lease_ms, t.keep_result_ms, t.unique_key, c.attempt, t.enqueued_at, t.ready_at, t.expires_at, t.history,
  t.unique_window_ms
FROM {claims} AS c STRAIGHT_JOIN {tasks} AS t ON t.id = c.id
WHERE c.token = :token
ORDER BY t.priority DESC, t.ready_at, t.sequence
