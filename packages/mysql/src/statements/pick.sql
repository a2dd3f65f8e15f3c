-- Locks the first :limit ready tasks of a priority, by age, that nobody else has locked. The order is that of the index: a sort would
-- lock every row first. :queue, :urgency, :after as a condition or TRUE
SELECT
  t.id, t.queue, t.task, t.priority, t.payload, t.encoding, t.policy, t.headers,
  t.lease_ms, t.keep_result_ms, t.unique_key, t.attempts + 1, t.enqueued_at, t.ready_at, t.expires_at, t.history,
  t.unique_window_ms, w.sequence
FROM {waiting} AS w FORCE INDEX (PRIMARY) STRAIGHT_JOIN {tasks} AS t FORCE INDEX (PRIMARY) ON t.id = w.id
WHERE w.queue = :queue AND w.urgency = :urgency AND w.ready_at <= @tasq_now AND :after
ORDER BY w.ready_at, w.sequence
LIMIT :limit
FOR UPDATE SKIP LOCKED
