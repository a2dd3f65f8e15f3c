-- Stores tasks, their unique keys and the receipt of their call; answers JSON of the duplicates, by position from 0, with their holders.
-- A key that somebody holds is left alone, unlocked; one that somebody else is taking just now is waited for.
-- $1 call id, or null for no receipt, and $19 how long that is kept, in ms. Of each task: $2 id, $3 payload, $4 position of what it
-- shares with others, $5 headers, $6 unique key, $7 due instant, $8 instant of expiry. Shared: $9 queues, $10 tasks, $11 priorities,
-- $12 encodings, $13 policies, $14 lease ms, $15 keep result ms, $16 unique window ms, $17 delay ms, $18 expires in ms. $20 queues to tell of
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
given AS MATERIALIZED (
  SELECT
    new.position, new.id, new.unique_key, ($9::text[])[new.shared] AS queue,
    clock.now + coalesce(($16::bigint[])[new.shared], 0) AS window_until, held.id AS holder,
    new.unique_key IS NOT NULL AND EXISTS (SELECT FROM {tasks} AS task WHERE task.id = ANY (ARRAY[new.id])) AS is_known
  FROM clock
    CROSS JOIN unnest($2::text[], $4::bigint[], $6::text[]) WITH ORDINALITY AS new (id, shared, unique_key, position)
    LEFT JOIN {unique_keys} AS held
      ON held.queue = ANY (ARRAY[($9::text[])[new.shared]]) AND held.unique_key = new.unique_key
      AND (held.held_until IS NULL OR held.held_until > clock.now)
),
taken AS (
  INSERT INTO {unique_keys} AS held (queue, unique_key, id, window_until)
  SELECT DISTINCT ON (queue, unique_key) queue, unique_key, id, window_until
  FROM given WHERE unique_key IS NOT NULL AND holder IS NULL AND NOT is_known
  ORDER BY queue, unique_key, position
  ON CONFLICT (queue, unique_key) DO UPDATE SET
    id = CASE WHEN held.held_until <= (SELECT now FROM clock) THEN excluded.id ELSE held.id END,
    window_until = CASE WHEN held.held_until <= (SELECT now FROM clock) THEN excluded.window_until ELSE held.window_until END,
    held_until = CASE WHEN held.held_until > (SELECT now FROM clock) THEN held.held_until END
  RETURNING queue, unique_key, id
),
stored AS (
  INSERT INTO {tasks} (
    id, payload, headers, unique_key, queue, task, priority, encoding, policy, lease_ms, keep_result_ms, unique_window_ms,
    enqueued_at, ready_at, expires_at
  )
  SELECT
    new.id, new.payload, new.headers, new.unique_key, ($9::text[])[new.shared], ($10::text[])[new.shared],
    ($11::bigint[])[new.shared], ($12::text[])[new.shared], ($13::text[])[new.shared], ($14::bigint[])[new.shared],
    ($15::bigint[])[new.shared], ($16::bigint[])[new.shared], clock.now,
    greatest(clock.now, coalesce(new.due_at, clock.now + ($17::bigint[])[new.shared])),
    coalesce(new.expires_at, clock.now + ($18::bigint[])[new.shared])
  FROM clock, unnest($2::text[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[])
    AS new (id, payload, shared, headers, unique_key, due_at, expires_at)
  WHERE new.unique_key IS NULL OR new.id IN (SELECT id FROM taken)
  ON CONFLICT (id) DO NOTHING
  RETURNING id
),
answer AS MATERIALIZED (
  SELECT CASE WHEN (SELECT count(*) FROM stored) < cardinality($2::text[]) THEN (
    SELECT json_agg(json_build_array(position - 1, coalesce(holder, (SELECT taken.id FROM taken
      WHERE NOT is_known AND taken.queue = refused.queue AND taken.unique_key = refused.unique_key), id)) ORDER BY position)::text
    FROM (SELECT *, row_number() OVER (PARTITION BY id ORDER BY position) AS occurrence FROM given) AS refused
    WHERE occurrence > 1 OR id NOT IN (SELECT id FROM stored)
  ) END AS duplicates
),
receipt AS (
  INSERT INTO {receipts} (call_id, answers, kept_until)
  SELECT $1, answer.duplicates, clock.now + $19::bigint FROM clock, answer WHERE $1::text IS NOT NULL
)
SELECT answer.duplicates, (SELECT count(pg_notify({ready_channel}, queue)::text) FROM unnest($20::text[]) AS queue) FROM answer
