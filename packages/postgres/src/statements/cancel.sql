-- Cancels tasks that wait, with their outcomes where those are to be kept, and marks those that run; the first reason of a mark stays.
-- Answers the position of each that is live, and whether it waited.
-- $1 ids, $2 queues, $3 reasons, $4 how long outcomes are kept, in ms, or null, $5 hints to send
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
live AS MATERIALIZED (
  SELECT call.position, call.reason, call.keep_ms, task.id, task.token IS NULL AS is_waiting
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) WITH ORDINALITY AS call (id, queue, reason, keep_ms, position)
    JOIN {tasks} AS task ON task.id = ANY (ARRAY[call.id]) AND task.queue = call.queue
  ORDER BY call.id, call.position
  FOR UPDATE OF task
),
ended AS (
  DELETE FROM {tasks} AS task USING live
  WHERE task.id = ANY (ARRAY[live.id]) AND live.is_waiting
  RETURNING
    task.id, task.queue, task.task, task.priority, task.enqueued_at, task.unique_key, live.reason, live.keep_ms
),
kept AS (
  INSERT INTO {outcomes} (id, queue, task, state, priority, attempts, enqueued_at, finished_at, kept_until, reason)
  SELECT id, queue, task, 'cancelled', priority, 0, enqueued_at, (SELECT now FROM clock), (SELECT now FROM clock) + keep_ms, reason
  FROM ended
  WHERE keep_ms IS NOT NULL
  ON CONFLICT (id) DO UPDATE SET
    sequence = excluded.sequence, queue = excluded.queue, task = excluded.task, state = excluded.state,
    priority = excluded.priority, attempts = excluded.attempts, enqueued_at = excluded.enqueued_at,
    finished_at = excluded.finished_at, kept_until = excluded.kept_until, result = NULL, encoding = NULL,
    reason = excluded.reason
),
freed AS (
  UPDATE {unique_keys} AS held SET held_until = held.window_until
  FROM (SELECT queue, unique_key, id FROM ended WHERE unique_key IS NOT NULL ORDER BY queue, unique_key) AS task
  WHERE held.queue = ANY (ARRAY[task.queue]) AND held.unique_key = task.unique_key AND held.id = task.id
),
marked AS (
  UPDATE {tasks} AS task SET
    cancel_requested = true,
    cancel_reason = CASE WHEN task.cancel_requested THEN task.cancel_reason ELSE live.reason END
  FROM (SELECT DISTINCT ON (id) id, reason FROM live WHERE NOT is_waiting ORDER BY id, position) AS live
  WHERE task.id = ANY (ARRAY[live.id])
)
SELECT live.position, live.is_waiting, (SELECT count(pg_notify({finished_channel}, hint)::text) FROM unnest($5::text[]) AS hint)
FROM live
