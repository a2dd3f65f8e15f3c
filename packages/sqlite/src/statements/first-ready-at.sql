-- When the first task of a priority is, or becomes, ready. ?1 queue, ?2 priority
SELECT ready_at FROM tasq_waiting WHERE queue = ?1 AND priority = ?2 ORDER BY ready_at LIMIT 1
