-- Deletes tasks that wait and lets go of their unique keys; those that are being claimed are left alone.
-- $1 queue, $2 whether ready ones, $3 whether scheduled ones, $4 the most
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
doomed AS MATERIALIZED (
  SELECT task.place
  FROM clock CROSS JOIN LATERAL (
    SELECT ctid AS place FROM {tasks}
    WHERE queue = $1 AND token IS NULL AND (($2::boolean AND ready_at <= clock.now) OR ($3::boolean AND ready_at > clock.now))
    LIMIT $4::bigint FOR UPDATE SKIP LOCKED
  ) AS task
),
ended AS (
  DELETE FROM {tasks} AS task USING doomed
  WHERE task.ctid = doomed.place
  RETURNING task.id, task.queue, task.unique_key
),
freed AS (
  UPDATE {unique_keys} AS held SET held_until = held.window_until
  FROM (SELECT queue, unique_key, id FROM ended WHERE unique_key IS NOT NULL ORDER BY queue, unique_key) AS task
  WHERE held.queue = ANY (ARRAY[task.queue]) AND held.unique_key = task.unique_key AND held.id = task.id
)
SELECT id FROM ended
