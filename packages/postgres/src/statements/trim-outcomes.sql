-- Removes outcomes whose time is over. $1 the most
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
expired AS MATERIALIZED (
  SELECT ctid AS place FROM {outcomes}
  WHERE kept_until <= (SELECT now FROM clock)
  ORDER BY kept_until LIMIT $1::bigint FOR UPDATE SKIP LOCKED
),
removed AS (
  DELETE FROM {outcomes} AS kept USING expired WHERE kept.ctid = expired.place RETURNING 1
)
SELECT count(*) FROM removed
