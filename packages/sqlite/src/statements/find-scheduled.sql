-- Scheduled tasks, by priority and due time. ?1 queue, ?2 now, ?3 task or null, ?4 limit, ?5 to ?7 after this priority, ready at and sequence
SELECT
  t.id, t.queue, t.task, t.priority, t.attempts, t.enqueued_at, t.ready_at, t.expires_at, t.unique_key,
  t.keep_result_ms, t.payload, t.encoding, t.headers, t.policy, t.history,
  NULL, NULL, NULL, NULL, t.sequence
FROM tasq_waiting AS w CROSS JOIN tasq_tasks AS t ON t.sequence = w.sequence
WHERE w.queue = ?1 AND w.ready_at > ?2 AND (?3 IS NULL OR t.task = ?3)
  AND (w.priority < ?5 OR (w.priority = ?5 AND (w.ready_at, w.sequence) > (?6, ?7)))
ORDER BY w.priority DESC, w.ready_at, w.sequence
LIMIT ?4
