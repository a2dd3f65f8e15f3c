-- :rows as in insert-tasks; a row whose id a live task has changes nothing, and other errors stay errors.
INSERT INTO {tasks} (
  id, sequence, queue, task, priority, payload, encoding, policy, headers,
  lease_ms, keep_result_ms, unique_key, unique_window_ms, enqueued_at, expires_at, ready_at
) VALUES :rows
ON DUPLICATE KEY UPDATE id = id
