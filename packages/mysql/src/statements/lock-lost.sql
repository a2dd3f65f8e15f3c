-- Of these claims those whose lease is still over, and that nobody is just settling. :ids
SELECT
  t.id, t.queue, t.task, c.attempt, t.policy, t.keep_result_ms, t.history,
  c.cancel_requested, c.cancel_reason, c.token, c.lease_until
FROM {claims} AS c FORCE INDEX (PRIMARY) STRAIGHT_JOIN {tasks} AS t FORCE INDEX (PRIMARY) ON t.id = c.id
WHERE c.id IN (:ids) AND c.lease_until <= @tasq_now
FOR UPDATE SKIP LOCKED
