-- Ready tasks in claim order. $1 queue, $2 task or null, $3 limit, $4 to $6 after this priority, ready at and sequence
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
SELECT
  id, queue, task, priority, attempts, enqueued_at, ready_at, expires_at, unique_key, keep_result_ms,
  payload, encoding, headers, policy, history, NULL, NULL, NULL, NULL, sequence, clock.now
FROM clock, {tasks}
WHERE queue = $1 AND token IS NULL AND ready_at <= clock.now AND ($2::text IS NULL OR task = $2)
  AND (priority < $4::bigint OR (priority = $4::bigint AND (ready_at, sequence) > ($5::bigint, $6::bigint)))
ORDER BY priority DESC, ready_at, sequence
LIMIT $3::bigint
