-- Stores tasks that differ in nothing but id and payload, and the receipt of their call. Fails where the call has a receipt
-- already, or where a live task has one of the ids.
-- $1 call id, $2 ids, $3 payloads, $4 queue, $5 task, $6 priority, $7 encoding, $8 policy, $9 lease ms, $10 keep result ms,
-- $11 delay ms, $12 expires in ms, $13 how long the receipt is kept, in ms, $14 queues to tell of
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
stored AS (
  INSERT INTO {tasks} (
    id, payload, queue, task, priority, encoding, policy, lease_ms, keep_result_ms, enqueued_at, ready_at, expires_at
  )
  SELECT
    new.id, new.payload, $4, $5, $6::smallint, $7, $8, $9::bigint, $10::bigint,
    clock.now, clock.now + $11::bigint, clock.now + $12::bigint
  FROM clock, unnest($2::text[], $3::bytea[]) AS new (id, payload)
),
receipt AS (
  INSERT INTO {receipts} (call_id, kept_until)
  SELECT $1, clock.now + $13::bigint FROM clock
)
SELECT count(pg_notify({ready_channel}, queue)::text) FROM unnest($14::text[]) AS queue
