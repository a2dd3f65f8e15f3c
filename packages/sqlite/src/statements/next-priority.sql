-- The highest priority below ?2, and not below ?3, that waits in queue ?1; null where there is none.
SELECT max(priority) FROM tasq_waiting WHERE queue = ?1 AND priority < ?2 AND priority >= ?3
