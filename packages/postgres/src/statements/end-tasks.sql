-- Ends tasks of which nothing is kept, where their leases hold, and lets go of their unique keys. Answers how many, and which of the
-- given where that is not all. $1 ids, in order, $2 queues, $3 tokens
WITH ended AS (
  DELETE FROM {tasks} AS task
  USING unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS lease (id, queue, token, position)
  WHERE task.id = ANY (ARRAY[lease.id]) AND task.queue = lease.queue AND task.token IS NOT DISTINCT FROM lease.token
  RETURNING lease.position, task.queue, task.unique_key, task.id
),
freed AS (
  UPDATE {unique_keys} AS held SET held_until = held.window_until
  FROM (SELECT queue, unique_key, id FROM ended WHERE unique_key IS NOT NULL ORDER BY queue, unique_key) AS task
  WHERE held.queue = ANY (ARRAY[task.queue]) AND held.unique_key = task.unique_key AND held.id = task.id
)
SELECT count(*), CASE WHEN count(*) < cardinality($1::text[]) THEN string_agg(position::text, ',') END FROM ended
