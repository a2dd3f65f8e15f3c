-- Claims the first ?4 ready tasks of a priority, by age, and counts an attempt for each.
-- ?1 queue, ?2 priority, ?3 now, ?4 limit, ?5 token
INSERT INTO tasq_claims (sequence, token, attempt, lease_until)
SELECT t.sequence, ?5, t.attempts + 1, ?3 + t.lease_ms
FROM tasq_waiting AS w CROSS JOIN tasq_tasks AS t ON t.sequence = w.sequence
WHERE w.queue = ?1 AND w.priority = ?2 AND w.ready_at <= ?3
ORDER BY w.ready_at, w.sequence
LIMIT ?4
