-- Deletes a task that waits, and lets go of its unique key. $1 id, $2 queue, $3 hints to send
WITH ended AS (
  DELETE FROM {tasks} WHERE id = $1 AND queue = $2 AND lease_until IS NULL
  RETURNING id, queue, unique_key
),
freed AS (
  UPDATE {unique_keys} AS held SET held_until = held.window_until
  FROM ended
  WHERE held.queue = ANY (ARRAY[ended.queue]) AND held.unique_key = ended.unique_key AND held.id = ended.id
)
SELECT count(*), (SELECT count(pg_notify({finished_channel}, hint)::text) FROM unnest($3::text[]) AS hint) FROM ended
