-- ?1 id, ?2 queue
DELETE FROM tasq_outcomes WHERE id = ?1 AND queue = ?2
