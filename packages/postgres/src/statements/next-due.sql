-- When the next scheduled task of some queues is due, and the time now. What has become due since a claim found nothing counts.
-- $1 queues, $2 ms since that claim was sent; of each queue $5 the lowest and $6 the highest priority, or null for all; where
-- priorities are known to be in use, $3 position of the queue, $4 priority: there index entries of tasks that are gone are not walked again
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
SELECT clock.now, (
  SELECT min(first.ready_at)
  FROM unnest($1::text[], $5::bigint[], $6::bigint[]) WITH ORDINALITY AS asked (queue, lowest, highest, position)
    CROSS JOIN LATERAL (
      WITH RECURSIVE level (priority) AS (
        SELECT coalesce(asked.highest, 127)::int + 1
        UNION ALL
        SELECT greatest(found.priority, known.priority)
        FROM level
          LEFT JOIN LATERAL (
            SELECT max(mark.priority)::int AS priority FROM unnest($3::bigint[], $4::bigint[]) AS mark (position, priority)
            WHERE mark.position = asked.position AND mark.priority < level.priority
          ) AS known ON true
          LEFT JOIN LATERAL (
            SELECT task.priority::int FROM {tasks} AS task
            WHERE task.queue = asked.queue AND task.token IS NULL AND task.ready_at > clock.now - $2::bigint
              AND task.priority < level.priority AND task.priority > coalesce(known.priority, asked.lowest - 1, -129)
            ORDER BY task.priority DESC LIMIT 1
          ) AS found ON true
        WHERE greatest(found.priority, known.priority) IS NOT NULL
      )
      SELECT task.ready_at
      FROM level CROSS JOIN LATERAL (
        SELECT ready_at FROM {tasks}
        WHERE queue = asked.queue AND priority = level.priority AND token IS NULL
          AND ready_at > clock.now - $2::bigint
        ORDER BY ready_at LIMIT 1
      ) AS task
      WHERE level.priority <= coalesce(asked.highest, 127)
    ) AS first
)
FROM clock
