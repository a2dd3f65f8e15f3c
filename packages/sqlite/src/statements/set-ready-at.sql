-- ?1 sequence, ?2 ready at
UPDATE tasq_tasks SET ready_at = ?2 WHERE sequence = ?1
