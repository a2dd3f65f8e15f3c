-- The newest outcome of queue ?1 beyond the newest ?2 that are kept at ?3.
SELECT sequence FROM tasq_outcomes WHERE queue = ?1 AND state = 'completed' AND kept_until > ?3
UNION ALL
SELECT sequence FROM tasq_outcomes WHERE queue = ?1 AND state = 'cancelled' AND kept_until > ?3
ORDER BY sequence DESC
LIMIT 1 OFFSET ?2
