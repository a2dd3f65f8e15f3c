-- Removes up to ?2 dead letters whose time is over at ?1.
DELETE FROM tasq_dead_letters
WHERE sequence IN (SELECT sequence FROM tasq_dead_letters WHERE kept_until <= ?1 ORDER BY kept_until LIMIT ?2)
