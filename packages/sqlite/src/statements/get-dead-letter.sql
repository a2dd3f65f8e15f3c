-- ?1 id, ?2 queue
SELECT reason, failure, died_at FROM tasq_dead_letters WHERE id = ?1 AND queue = ?2
