-- Takes tasks out of the waiting. ?1 JSON array of sequences
DELETE FROM tasq_waiting
WHERE (queue, priority, ready_at, sequence) IN (
  SELECT queue, priority, ready_at, sequence FROM tasq_tasks WHERE sequence IN (SELECT value FROM json_each(?1))
)
