-- Puts tasks that were just stored among the waiting: ?1 the first of them, ?2 the last
INSERT INTO tasq_waiting (queue, priority, ready_at, sequence)
SELECT queue, priority, ready_at, sequence FROM tasq_tasks WHERE sequence BETWEEN ?1 AND ?2
