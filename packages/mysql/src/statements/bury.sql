-- Copies a task to the dead letters as it is; an earlier letter under its id goes. :id, :reason, :attempts, :keepMs, :failure, :history
REPLACE INTO {dead_letters} (
  id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms,
  enqueued_at, attempts, history, reason, failure, died_at, kept_until
)
SELECT
  id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms,
  enqueued_at, :attempts, :history, :reason, :failure, @tasq_now, @tasq_now + :keepMs
FROM {tasks} WHERE id = :id
