-- How many tasks are under leases that have been over for longer than $1 ms, and for how many ms the first of them; null where there is none.
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
SELECT
  (SELECT count(*) FROM {tasks} WHERE token IS NOT NULL AND lease_until <= clock.now - $1::bigint),
  (SELECT clock.now - min(lease_until) FROM {tasks} WHERE token IS NOT NULL AND lease_until <= clock.now - $1::bigint)
FROM clock
