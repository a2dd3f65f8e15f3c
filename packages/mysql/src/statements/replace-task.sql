-- Puts a new task in the place of one that waits: id, queue, sequence and unique key stay, and the token by which a repeated settlement is
-- known. :id, and the new columns
UPDATE {tasks} FORCE INDEX (PRIMARY)
SET
  task = :task, priority = :priority, payload = :payload, encoding = :encoding, policy = :policy, headers = :headers,
  lease_ms = :leaseMs, keep_result_ms = :keepResultMs, enqueued_at = @tasq_now, expires_at = :expiresAt, ready_at = :readyAt,
  attempts = 0, history = NULL
WHERE id = :id
