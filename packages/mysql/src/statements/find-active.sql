-- Claimed tasks, oldest first. :queue, :task or null, :limit, :enqueuedAt and :sequence to start after
SELECT
  t.id, t.queue, t.task, t.priority, t.attempts, t.enqueued_at, t.ready_at, t.expires_at, t.unique_key,
  t.keep_result_ms, t.payload, t.encoding, t.headers, t.policy, t.history,
  c.attempt, c.lease_until, c.token, c.cancel_requested, t.sequence
FROM {claims} AS c STRAIGHT_JOIN {tasks} AS t FORCE INDEX (PRIMARY) ON t.id = c.id
WHERE c.queue = :queue AND (:task IS NULL OR t.task = :task)
  AND (t.enqueued_at > :enqueuedAt OR (t.enqueued_at = :enqueuedAt AND t.sequence > :sequence))
ORDER BY t.enqueued_at, t.sequence
LIMIT :limit
