-- Moves tasks to the dead letters as they are, where their leases hold, and lets go of their unique keys. Answers how many, and which
-- of the given where that is not all. $1 ids, in order, $2 queues, $3 tokens, $4 reasons, $5 attempts used, $6 how long each is kept,
-- in ms, $7 failures, $8 histories, $9 hints to send
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
ended AS (
  DELETE FROM {tasks} AS task
  USING unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[]
  ) WITH ORDINALITY AS lease (id, queue, token, reason, attempts, keep_ms, failure, history, position)
  WHERE task.id = ANY (ARRAY[lease.id]) AND task.queue = lease.queue AND task.token IS NOT DISTINCT FROM lease.token
  RETURNING
    lease.position, task.id, task.queue, task.task, task.priority, task.payload, task.encoding, task.policy, task.headers,
    task.lease_ms, task.keep_result_ms, task.enqueued_at, task.unique_key,
    lease.reason, lease.attempts, lease.keep_ms, lease.failure, lease.history
),
buried AS (
  INSERT INTO {dead_letters} (
    id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at,
    attempts, history, reason, failure, died_at, kept_until
  )
  SELECT
    id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at,
    attempts, history, reason, failure, (SELECT now FROM clock), (SELECT now FROM clock) + keep_ms
  FROM ended
  ON CONFLICT (id) DO UPDATE SET
    sequence = excluded.sequence, queue = excluded.queue, task = excluded.task, priority = excluded.priority,
    payload = excluded.payload, encoding = excluded.encoding, policy = excluded.policy, headers = excluded.headers,
    lease_ms = excluded.lease_ms, keep_result_ms = excluded.keep_result_ms, enqueued_at = excluded.enqueued_at,
    attempts = excluded.attempts, history = excluded.history, reason = excluded.reason, failure = excluded.failure,
    died_at = excluded.died_at, kept_until = excluded.kept_until
),
freed AS (
  UPDATE {unique_keys} AS held SET held_until = held.window_until
  FROM (SELECT queue, unique_key, id FROM ended WHERE unique_key IS NOT NULL ORDER BY queue, unique_key) AS task
  WHERE held.queue = ANY (ARRAY[task.queue]) AND held.unique_key = task.unique_key AND held.id = task.id
)
SELECT
  count(*), CASE WHEN count(*) < cardinality($1::text[]) THEN string_agg(position::text, ',') END,
  (SELECT count(pg_notify({finished_channel}, hint)::text) FROM unnest($9::text[]) AS hint)
FROM ended
