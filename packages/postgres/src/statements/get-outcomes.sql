-- Finished tasks whose outcomes are kept. $1 ids
SELECT
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, result, encoding, reason
FROM {outcomes}
WHERE id = ANY ($1::text[]) AND kept_until > floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
