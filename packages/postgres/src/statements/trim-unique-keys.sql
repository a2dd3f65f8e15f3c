-- Removes unique keys that nothing holds any more. $1 the most
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
expired AS MATERIALIZED (
  SELECT ctid AS place FROM {unique_keys}
  WHERE held_until <= (SELECT now FROM clock)
  ORDER BY held_until LIMIT $1::bigint FOR UPDATE SKIP LOCKED
),
removed AS (
  DELETE FROM {unique_keys} AS held USING expired WHERE held.ctid = expired.place RETURNING 1
)
SELECT count(*) FROM removed
