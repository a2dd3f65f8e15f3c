-- Renews leases that hold, each for its time from now. Answers how many, which of the given where that is not all, and which of them
-- carry a cancel mark. $1 ids, in order, $2 queues, $3 tokens, $4 lease ms
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
extended AS (
  UPDATE {tasks} AS task SET lease_until = (SELECT now FROM clock) + lease.lease_ms
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
    WITH ORDINALITY AS lease (id, queue, token, lease_ms, position)
  WHERE task.id = ANY (ARRAY[lease.id]) AND task.queue = lease.queue AND task.token IS NOT DISTINCT FROM lease.token
  RETURNING lease.position, task.cancel_requested
)
SELECT
  count(*), CASE WHEN count(*) < cardinality($1::text[]) THEN string_agg(position::text, ',') END,
  string_agg(position::text, ',') FILTER (WHERE cancel_requested)
FROM extended
