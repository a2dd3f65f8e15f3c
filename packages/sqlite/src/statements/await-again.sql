-- Puts a task among the waiting, by its sequence.
INSERT INTO tasq_waiting (queue, priority, ready_at, sequence)
SELECT queue, priority, ready_at, sequence FROM tasq_tasks WHERE sequence = ?1
