-- Live tasks. $1 ids
SELECT
  id, queue, task, priority, attempts, enqueued_at, ready_at, expires_at, unique_key, keep_result_ms,
  payload, encoding, headers, policy, history,
  CASE WHEN token IS NOT NULL THEN attempts END, lease_until, token, coalesce(cancel_requested, false), sequence,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
FROM {tasks}
WHERE id = ANY ($1::text[])
