-- Claims tasks by their ids, whenever they are due, and counts an attempt for each; stores those of which nothing is known, claimed. A lease
-- that is over is taken over, and so is one whose token begins with $13, which was no attempt; a task that has the token already stays as it is. Answers one row for each
-- of the given: its position, or its id where it was stored; how things stand; the attempt, or for how many ms that is so; of a dead one
-- why, its failure and attempts. No row where others have changed it meanwhile.
-- Of each task: $1 id, in order, $2 position of what it shares with others, $3 payload, $4 headers. Shared: $5 queues, $6 tasks,
-- $7 priorities, $8 encodings, $9 policies, $10 lease ms, $11 keep result ms. $12 token, $13 beginning of tokens that give way
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
wanted AS MATERIALIZED (
  SELECT
    new.position, new.id, new.shared, new.payload, new.headers, clock.now, task.id IS NOT NULL AS is_live,
    CASE WHEN task.lease_until > clock.now AND task.token <> $12 AND NOT starts_with(task.token, $13)
      THEN task.lease_until - clock.now END AS held_ms,
    outcome.id IS NOT NULL AS is_finished, letter.reason, letter.failure, letter.attempts, letter.kept_until - clock.now AS keep_ms
  FROM clock
    CROSS JOIN unnest($1::text[], $2::bigint[], $3::bytea[], $4::text[]) WITH ORDINALITY AS new (id, shared, payload, headers, position)
    LEFT JOIN {tasks} AS task ON task.id = ANY (ARRAY[new.id]) AND task.queue IS NOT DISTINCT FROM ($5::text[])[new.shared]
    -- Of a task that lives nothing else is looked up: an index is not asked for null.
    LEFT JOIN {outcomes} AS outcome
      ON outcome.id = ANY (ARRAY[CASE WHEN task.id IS NULL THEN new.id END]) AND outcome.queue IS NOT DISTINCT FROM ($5::text[])[new.shared]
      AND outcome.kept_until - clock.now > 0
    LEFT JOIN {dead_letters} AS letter
      ON letter.id = ANY (ARRAY[CASE WHEN task.id IS NULL AND outcome.id IS NULL THEN new.id END])
      AND letter.queue IS NOT DISTINCT FROM ($5::text[])[new.shared]
),
claimed AS (
  UPDATE {tasks} AS task SET
    token = $12,
    attempts = CASE WHEN task.token = $12 OR starts_with(task.token, $13) THEN task.attempts ELSE least(task.attempts, 1000000000) + 1 END,
    lease_until = CASE WHEN task.token = $12 THEN task.lease_until ELSE wanted.now + least(task.lease_ms, 1000000000000) END
  FROM wanted
  WHERE task.id = ANY (ARRAY[CASE WHEN wanted.is_live AND wanted.held_ms IS NULL THEN wanted.id END])
    AND (task.token IS NULL OR task.lease_until <= wanted.now OR starts_with(task.token, $13) OR task.token IS NOT DISTINCT FROM $12)
  RETURNING wanted.position, task.attempts
),
stored AS (
  INSERT INTO {tasks} (
    id, payload, headers, queue, task, priority, encoding, policy, lease_ms, keep_result_ms,
    enqueued_at, ready_at, token, attempts, lease_until
  )
  SELECT
    id, payload, headers, ($5::text[])[shared], ($6::text[])[shared], ($7::bigint[])[shared], ($8::text[])[shared],
    ($9::text[])[shared], ($10::bigint[])[shared], ($11::bigint[])[shared],
    now, now, $12, 1, now + ($10::bigint[])[shared]
  FROM wanted
  WHERE NOT is_live AND NOT is_finished AND reason IS NULL
  ON CONFLICT (id) DO NOTHING
  RETURNING id
)
SELECT position, NULL AS id, 'admitted' AS status, attempts::bigint, NULL AS reason, NULL AS failure, NULL::integer FROM claimed
UNION ALL
SELECT NULL, id, 'admitted', 1, NULL, NULL, NULL FROM stored
UNION ALL
SELECT
  position, NULL, CASE WHEN is_live THEN 'held' WHEN is_finished THEN 'finished' ELSE 'dead' END, coalesce(held_ms, keep_ms),
  reason, failure, attempts
FROM wanted WHERE held_ms IS NOT NULL OR is_finished OR reason IS NOT NULL
