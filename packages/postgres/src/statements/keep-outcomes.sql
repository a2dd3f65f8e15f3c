-- Ends tasks whose outcomes are kept, where their leases hold, and lets go of their unique keys. Answers how many, and which of the
-- given where that is not all. $1 ids, in order, $2 queues, $3 tokens, $4 states, $5 attempts used, $6 how long each is kept, in ms,
-- $7 results, $8 their encodings, $9 reasons; without one here, that of the task's cancel mark is kept; $10 hints to send
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
ended AS (
  DELETE FROM {tasks} AS task
  USING unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bytea[], $8::text[], $9::text[]
  ) WITH ORDINALITY AS lease (id, queue, token, state, attempts, keep_ms, result, encoding, reason, position)
  WHERE task.id = ANY (ARRAY[lease.id]) AND task.queue = lease.queue AND task.token IS NOT DISTINCT FROM lease.token
  RETURNING
    lease.position, task.id, task.queue, task.task, lease.state, task.priority, lease.attempts, task.enqueued_at,
    lease.keep_ms, lease.result, lease.encoding, coalesce(lease.reason, task.cancel_reason) AS reason, task.unique_key
),
kept AS (
  INSERT INTO {outcomes} (
    id, queue, task, state, priority, attempts, enqueued_at, finished_at, kept_until, result, encoding, reason
  )
  SELECT
    id, queue, task, state, priority, attempts, enqueued_at, (SELECT now FROM clock), (SELECT now FROM clock) + keep_ms, result, encoding,
    CASE WHEN state = 'cancelled' THEN reason END
  FROM ended
  ON CONFLICT (id) DO UPDATE SET
    sequence = excluded.sequence, queue = excluded.queue, task = excluded.task, state = excluded.state,
    priority = excluded.priority, attempts = excluded.attempts, enqueued_at = excluded.enqueued_at,
    finished_at = excluded.finished_at, kept_until = excluded.kept_until, result = excluded.result,
    encoding = excluded.encoding, reason = excluded.reason
),
freed AS (
  UPDATE {unique_keys} AS held SET held_until = held.window_until
  FROM (SELECT queue, unique_key, id FROM ended WHERE unique_key IS NOT NULL ORDER BY queue, unique_key) AS task
  WHERE held.queue = ANY (ARRAY[task.queue]) AND held.unique_key = task.unique_key AND held.id = task.id
)
SELECT
  count(*), CASE WHEN count(*) < cardinality($1::text[]) THEN string_agg(position::text, ',') END,
  (SELECT count(pg_notify({finished_channel}, hint)::text) FROM unnest($10::text[]) AS hint)
FROM ended
