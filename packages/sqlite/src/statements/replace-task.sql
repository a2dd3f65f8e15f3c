-- Puts a new task in the place of one that waits: id, queue, sequence and unique key stay, and the token by which a repeated settlement is
-- known. ?1 sequence, ?2 task, ?3 priority, ?4 payload, ?5 encoding, ?6 policy, ?7 headers, ?8 lease, ?9 keep result, ?10 now,
-- ?11 expires at, ?12 ready at
UPDATE tasq_tasks SET
  task = ?2, priority = ?3, payload = ?4, encoding = ?5, policy = ?6, headers = ?7, lease_ms = ?8, keep_result_ms = ?9,
  enqueued_at = ?10, expires_at = ?11, ready_at = ?12, attempts = 0, history = NULL
WHERE sequence = ?1
