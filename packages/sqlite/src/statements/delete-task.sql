DELETE FROM tasq_tasks WHERE sequence = ?1
