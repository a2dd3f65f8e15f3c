-- Gives a task that waits a new time, not before now. $1 id, $2 queue, $3 instant or null, $4 delay in ms, $5 queues to tell of
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
moved AS (
  UPDATE {tasks}
  SET ready_at = greatest((SELECT now FROM clock), coalesce($3::bigint, (SELECT now FROM clock) + $4::bigint))
  WHERE id = $1 AND queue = $2 AND lease_until IS NULL
  RETURNING id
)
SELECT count(*), (SELECT count(pg_notify({ready_channel}, queue)::text) FROM unnest($5::text[]) AS queue) FROM moved
