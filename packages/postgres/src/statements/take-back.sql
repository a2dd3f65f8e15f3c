-- Takes tasks back that were stored under a token, but had ended elsewhere meanwhile. Answers which. $1 ids, in order, $2 token
WITH ended AS MATERIALIZED (
  SELECT new.id
  FROM unnest($1::text[]) AS new (id)
    JOIN {tasks} AS task ON task.id = ANY (ARRAY[new.id])
    LEFT JOIN {outcomes} AS outcome
      ON outcome.id = ANY (ARRAY[new.id]) AND outcome.queue IS NOT DISTINCT FROM task.queue
      AND outcome.kept_until - floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint > 0
    LEFT JOIN {dead_letters} AS letter ON letter.id = ANY (ARRAY[new.id]) AND letter.queue IS NOT DISTINCT FROM task.queue
  WHERE outcome.id IS NOT NULL OR letter.id IS NOT NULL
)
DELETE FROM {tasks} AS task USING ended
WHERE task.id = ANY (ARRAY[ended.id]) AND task.token IS NOT DISTINCT FROM $2
RETURNING task.id
