-- :rows of these columns; fails where a live task has one of the ids.
INSERT INTO {tasks} (
  id, sequence, queue, task, priority, payload, encoding, policy, headers,
  lease_ms, keep_result_ms, unique_key, unique_window_ms, enqueued_at, expires_at, ready_at
) VALUES :rows
