-- Copies a task to the dead letters as it is. ?1 sequence, ?2 reason, ?3 attempts used, ?4 now, ?5 kept until, ?6 failure, ?7 history
INSERT OR REPLACE INTO tasq_dead_letters (
  id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms,
  enqueued_at, attempts, history, reason, failure, died_at, kept_until
)
SELECT
  id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms,
  enqueued_at, ?3, ?7, ?2, ?6, ?4, ?5
FROM tasq_tasks WHERE sequence = ?1
