-- Takes out of the waiting what was claimed: everything up to the last one. ?1 queue, ?2 priority, ?3 ready at, ?4 sequence
DELETE FROM tasq_waiting
WHERE queue = ?1 AND priority = ?2 AND ready_at <= ?3 AND (ready_at, sequence) <= (?3, ?4)
