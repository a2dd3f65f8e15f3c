-- Removes shared records whose time is over. $1 the most
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
expired AS MATERIALIZED (
  SELECT ctid AS place FROM {records}
  WHERE expires_at <= (SELECT now FROM clock)
  ORDER BY expires_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
),
removed AS (
  DELETE FROM {records} AS record USING expired WHERE record.ctid = expired.place RETURNING 1
)
SELECT count(*) FROM removed
