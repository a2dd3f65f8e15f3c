-- Up to ?5 tasks that wait in queue ?1: ready at ?2 where ?3 is 1, scheduled where ?4 is 1.
SELECT t.sequence, t.id, t.unique_key
FROM tasq_waiting AS w CROSS JOIN tasq_tasks AS t ON t.sequence = w.sequence
WHERE w.queue = ?1 AND ((?3 = 1 AND w.ready_at <= ?2) OR (?4 = 1 AND w.ready_at > ?2))
LIMIT ?5
