-- Puts another task in the place of one that waits; id, queue and unique key stay. It is as new: no attempts, no history, behind those
-- that became ready before. $1 id, $2 queue, $3 task, $4 priority, $5 payload, $6 encoding, $7 policy, $8 headers, $9 lease ms,
-- $10 keep result ms, $11 due instant or null, $12 delay ms, $13 instant of expiry or null, $14 expires in ms, $15 queues to tell of
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
replaced AS (
  UPDATE {tasks}
  SET
    sequence = DEFAULT, task = $3, priority = $4::smallint, payload = $5, encoding = $6, policy = $7, headers = $8,
    lease_ms = $9::bigint, keep_result_ms = $10::bigint, attempts = 0, history = NULL, enqueued_at = (SELECT now FROM clock),
    ready_at = greatest((SELECT now FROM clock), coalesce($11::bigint, (SELECT now FROM clock) + $12::bigint)),
    expires_at = coalesce($13::bigint, (SELECT now FROM clock) + $14::bigint)
  WHERE id = $1 AND queue = $2 AND lease_until IS NULL
  RETURNING id
)
SELECT count(*), (SELECT count(pg_notify({ready_channel}, queue)::text) FROM unnest($15::text[]) AS queue) FROM replaced
