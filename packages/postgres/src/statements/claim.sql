-- Claims the first ready tasks of some queues and counts an attempt for each: queues in the order given, then priorities from the
-- highest down, then by age; what others are claiming is skipped. Never more than asked. Nothing where its call was repeated already.
-- $1 queues, $2 the most of each, $3 the most in all, $4 token; of each queue $14 the lowest and $15 the highest priority, or null for
-- all. Where to begin to look, so that index entries of tasks that are gone are not walked again: $5 for each queue; where more is known,
-- $6 position of the queue, $7 priority, $8 from when on. What most tasks have comes as null: $9 queue, $10 task, $11 encoding,
-- $12 policy, $13 lease ms; priority 0, attempt 1, ready at once.
WITH clock AS MATERIALIZED (
  SELECT
    floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now,
    pg_try_advisory_xact_lock(hashtextextended($4, 0))
      AND NOT EXISTS (SELECT FROM {receipts} WHERE call_id = $4) AS is_open
),
picked AS MATERIALIZED (
  SELECT waiting.place, clock.now
  FROM clock
    CROSS JOIN unnest($1::text[], $2::bigint[], $5::bigint[], $14::bigint[], $15::bigint[]) WITH ORDINALITY
      AS asked (queue, most, since, lowest, highest, position)
    CROSS JOIN LATERAL (
      WITH RECURSIVE level (priority, since) AS (
        SELECT coalesce(asked.highest, 127)::int + 1, 0::bigint
        UNION ALL
        SELECT next.priority, next.since
        FROM level CROSS JOIN LATERAL (
          SELECT
            greatest(found.priority, known.priority) AS priority,
            CASE WHEN found.priority IS NULL THEN known.since ELSE asked.since END AS since
          FROM (SELECT) AS one
            LEFT JOIN LATERAL (
              SELECT mark.priority::int, mark.since
              FROM unnest($6::bigint[], $7::bigint[], $8::bigint[]) AS mark (position, priority, since)
              WHERE mark.position = asked.position AND mark.priority < level.priority
              ORDER BY mark.priority DESC LIMIT 1
            ) AS known ON true
            LEFT JOIN LATERAL (
              SELECT task.priority::int FROM {tasks} AS task
              WHERE task.queue = asked.queue AND task.token IS NULL AND task.ready_at >= asked.since
                AND task.priority < level.priority AND task.priority > coalesce(known.priority, asked.lowest - 1, -129)
              ORDER BY task.priority DESC LIMIT 1
            ) AS found ON true
        ) AS next
        WHERE next.priority IS NOT NULL
      )
      SELECT task.place
      FROM level CROSS JOIN LATERAL (
        SELECT ctid AS place FROM {tasks}
        WHERE queue = asked.queue AND priority = level.priority AND token IS NULL
          AND ready_at >= level.since AND ready_at <= clock.now
        ORDER BY ready_at, sequence LIMIT asked.most FOR UPDATE SKIP LOCKED
      ) AS task
      WHERE level.priority <= coalesce(asked.highest, 127) LIMIT asked.most
    ) AS waiting
  WHERE clock.is_open LIMIT $3
)
UPDATE {tasks} AS task
SET token = $4, attempts = least(attempts, 1000000000) + 1, lease_until = picked.now + least(lease_ms, 1000000000000)
FROM picked
WHERE task.ctid = picked.place
RETURNING
  id, nullif(queue, $9), nullif(task, $10), nullif(priority, 0), payload, nullif(encoding, $11), nullif(policy, $12), headers,
  nullif(lease_ms, $13::bigint), keep_result_ms, unique_key, nullif(attempts, 1), enqueued_at, nullif(ready_at, enqueued_at),
  expires_at, history, unique_window_ms, sequence, picked.now
