-- Takes over tasks whose lease is over, the longest lost first: a new token and no attempt; payloads are not read. Answers at least one
-- row, for the time; without a task its id is null.
-- $1 token, $2 the most, $3 lease ms, $4 from when on leases may have ended: those that ended before are known to be gone
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
lost AS MATERIALIZED (
  SELECT task.place, task.token, task.lease_until
  FROM clock CROSS JOIN LATERAL (
    SELECT ctid AS place, token, lease_until FROM {tasks}
    WHERE token IS NOT NULL AND lease_until >= $4::bigint AND lease_until <= clock.now
    ORDER BY lease_until LIMIT $2::bigint FOR UPDATE SKIP LOCKED
  ) AS task
),
taken AS (
  UPDATE {tasks} AS task SET token = $1, lease_until = (SELECT now FROM clock) + $3::bigint
  FROM lost
  WHERE task.ctid = lost.place
  RETURNING
    task.id, task.queue, task.task, task.attempts, task.policy, task.keep_result_ms, task.history,
    coalesce(task.cancel_requested, false) AS is_cancel_requested, task.cancel_reason,
    lost.token AS lost_token, lost.lease_until AS lost_at
)
SELECT
  taken.id, taken.queue, taken.task, taken.attempts, taken.policy, taken.keep_result_ms, taken.history,
  taken.is_cancel_requested, taken.cancel_reason, taken.lost_token, taken.lost_at, clock.now
FROM clock LEFT JOIN taken ON true
