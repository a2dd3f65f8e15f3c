-- What is claimed under a token, in claim order. $1 token
SELECT
  id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, unique_key, attempts,
  enqueued_at, ready_at, expires_at, history, unique_window_ms, sequence,
  floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
FROM {tasks}
WHERE token IS NOT NULL AND token = $1
ORDER BY priority DESC, ready_at, sequence
