-- Up to ?2 tasks whose lease is over at ?1, the longest lost first.
SELECT
  t.id, t.queue, t.task, c.attempt, t.policy, t.keep_result_ms, t.history,
  c.cancel_requested, c.cancel_reason, c.token, c.lease_until, t.sequence
FROM tasq_claims AS c CROSS JOIN tasq_tasks AS t ON t.sequence = c.sequence
WHERE c.lease_until <= ?1
ORDER BY c.lease_until
LIMIT ?2
