-- ?1 id, ?2 queue
SELECT 1 FROM tasq_tasks WHERE id = ?1 AND queue = ?2
