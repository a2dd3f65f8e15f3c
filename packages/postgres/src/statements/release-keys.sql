-- Lets go of unique keys that were taken for tasks which were then not stored, because others with their ids came between.
-- $1 queues, $2 keys, $3 ids
UPDATE {unique_keys} AS held SET held_until = 0
FROM unnest($1::text[], $2::text[], $3::text[]) AS refused (queue, unique_key, id)
WHERE held.queue = ANY (ARRAY[refused.queue]) AND held.unique_key = refused.unique_key AND held.id = refused.id
  AND held.held_until IS NULL
  AND NOT EXISTS (
    SELECT FROM {tasks} AS task
    WHERE task.id = ANY (ARRAY[refused.id]) AND task.queue = refused.queue AND task.unique_key = refused.unique_key
  )
