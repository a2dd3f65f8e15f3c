-- Claimed tasks, oldest first. $1 queue, $2 task or null, $3 limit, $4 after this sequence
SELECT
  id, queue, task, priority, attempts, enqueued_at, ready_at, expires_at, unique_key, keep_result_ms,
  payload, encoding, headers, policy, history, attempts, lease_until, token, coalesce(cancel_requested, false), sequence,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
FROM {tasks}
WHERE queue = $1 AND token IS NOT NULL AND ($2::text IS NULL OR task = $2) AND sequence > $4::bigint
ORDER BY sequence
LIMIT $3::bigint
