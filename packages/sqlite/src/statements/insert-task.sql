INSERT INTO tasq_tasks (
  id, queue, task, priority, payload, encoding, policy, headers,
  lease_ms, keep_result_ms, unique_key, unique_window_ms, enqueued_at, expires_at, ready_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
ON CONFLICT (id) DO NOTHING
