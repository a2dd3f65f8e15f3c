-- Makes tasks wait again, where their leases hold and no cancel mark stands against it. Answers how many, and which of the given where
-- that is not all. $1 ids, in order, $2 queues, $3 tokens, $4 delays in ms, $5 attempts used, $6 histories, $7 queues to tell of
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
returned AS (
  UPDATE {tasks} AS task
  SET
    token = NULL, lease_until = NULL, settled_token = lease.token, attempts = lease.attempts, history = lease.history,
    ready_at = (SELECT now FROM clock) + lease.delay_ms
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[])
    WITH ORDINALITY AS lease (id, queue, token, delay_ms, attempts, history, position)
  WHERE task.id = ANY (ARRAY[lease.id]) AND task.queue = lease.queue AND task.token IS NOT DISTINCT FROM lease.token AND task.cancel_requested IS NOT TRUE
  RETURNING lease.position
)
SELECT
  count(*), CASE WHEN count(*) < cardinality($1::text[]) THEN string_agg(position::text, ',') END,
  (SELECT count(pg_notify({ready_channel}, queue)::text) FROM unnest($7::text[]) AS queue)
FROM returned
