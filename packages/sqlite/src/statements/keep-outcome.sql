-- ?1 sequence, ?2 state, ?3 attempts used, ?4 now, ?5 kept until, ?6 result, ?7 its encoding, ?8 reason
INSERT OR REPLACE INTO tasq_outcomes (
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, kept_until, result, encoding, reason
)
SELECT id, queue, task, ?2, priority, ?3, enqueued_at, ?4, ?5, ?6, ?7, ?8
FROM tasq_tasks WHERE sequence = ?1
