-- Dead letters become live tasks that begin anew, the oldest first: no attempts, no history, no unique key. One whose id a live task has
-- by now stays. Answers how many. $1 queue, $2 ids or null, $3 task or null, $4 reason or null, $5 the most, $6 queues to tell of
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
picked AS MATERIALIZED (
  SELECT
    id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at
  FROM {dead_letters} AS letter
  WHERE queue = $1
    AND ($2::text[] IS NULL OR id = ANY ($2)) AND ($3::text IS NULL OR task = $3) AND ($4::text IS NULL OR reason = $4)
    AND NOT EXISTS (SELECT FROM {tasks} AS live WHERE live.id = ANY (ARRAY[letter.id]))
  ORDER BY sequence LIMIT $5::bigint FOR UPDATE SKIP LOCKED
),
revived AS (
  INSERT INTO {tasks} (
    id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at, ready_at
  )
  SELECT
    id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at, (SELECT now FROM clock)
  FROM picked
  ON CONFLICT (id) DO NOTHING
  RETURNING id
),
gone AS (
  DELETE FROM {dead_letters} AS letter USING revived
  WHERE letter.id = ANY (ARRAY[revived.id])
  RETURNING letter.id
)
SELECT count(*), (SELECT count(pg_notify({ready_channel}, queue)::text) FROM unnest($6::text[]) AS queue) FROM gone
