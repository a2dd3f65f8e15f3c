-- Finished tasks whose outcomes are kept, oldest first. $1 queue, $2 state, $3 task or null, $4 limit, $5 after this sequence
SELECT
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, result, encoding, reason, sequence
FROM {outcomes}
WHERE queue = $1 AND state = $2 AND ($3::text IS NULL OR task = $3) AND sequence > $5::bigint
  AND kept_until > floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
ORDER BY sequence
LIMIT $4::bigint
