-- The newest dead letter of queue ?1 beyond the newest ?2.
SELECT sequence FROM tasq_dead_letters WHERE queue = ?1 ORDER BY sequence DESC LIMIT 1 OFFSET ?2
