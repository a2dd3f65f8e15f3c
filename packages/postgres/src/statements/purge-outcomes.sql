-- Forgets outcomes of a queue in one state, the oldest first. $1 queue, $2 state, $3 the most
WITH doomed AS MATERIALIZED (
  SELECT ctid AS place FROM {outcomes}
  WHERE queue = $1 AND state = $2
  ORDER BY sequence LIMIT $3::bigint FOR UPDATE SKIP LOCKED
),
removed AS (
  DELETE FROM {outcomes} AS kept USING doomed WHERE kept.ctid = doomed.place RETURNING 1
)
SELECT count(*) FROM removed
