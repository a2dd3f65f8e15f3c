-- Takes a task out of the waiting, by its sequence.
DELETE FROM tasq_waiting
WHERE (queue, priority, ready_at, sequence) = (
  SELECT queue, priority, ready_at, sequence FROM tasq_tasks WHERE sequence = ?1
)
