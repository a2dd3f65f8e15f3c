-- Waiting tasks in claim order. :queue, :isReady or else scheduled, :task or null, :limit, :urgency, :readyAt and :sequence to start
-- after
SELECT
  t.id, t.queue, t.task, t.priority, t.attempts, t.enqueued_at, t.ready_at, t.expires_at, t.unique_key,
  t.keep_result_ms, t.payload, t.encoding, t.headers, t.policy, t.history,
  NULL, NULL, NULL, NULL, t.sequence
FROM {waiting} AS w FORCE INDEX (PRIMARY) STRAIGHT_JOIN {tasks} AS t FORCE INDEX (PRIMARY) ON t.id = w.id
WHERE w.queue = :queue AND IF(:isReady, w.ready_at <= @tasq_now, w.ready_at > @tasq_now)
  AND (:task IS NULL OR t.task = :task)
  AND (w.urgency > :urgency OR (w.urgency = :urgency AND (w.ready_at > :readyAt OR (w.ready_at = :readyAt AND w.sequence > :sequence))))
ORDER BY w.queue, w.urgency, w.ready_at, w.sequence
LIMIT :limit
