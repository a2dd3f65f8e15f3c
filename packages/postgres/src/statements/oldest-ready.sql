-- For how many ms the task has been ready that has been for longest in each of some queues, in their order; null where none is. Steps from
-- priority to priority along the index. $1 queues
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
SELECT clock.now - (
  WITH RECURSIVE level (priority) AS (
    SELECT 128
    UNION ALL
    SELECT (
      SELECT task.priority::int FROM {tasks} AS task
      WHERE task.queue = asked.queue AND task.token IS NULL AND task.priority < level.priority
      ORDER BY task.priority DESC LIMIT 1
    )
    FROM level WHERE level.priority IS NOT NULL
  )
  SELECT min(first.ready_at)
  FROM level CROSS JOIN LATERAL (
    SELECT ready_at FROM {tasks}
    WHERE queue = asked.queue AND priority = level.priority AND token IS NULL AND ready_at <= clock.now
    ORDER BY ready_at LIMIT 1
  ) AS first
)
FROM clock, unnest($1::text[]) WITH ORDINALITY AS asked (queue, position)
ORDER BY asked.position
