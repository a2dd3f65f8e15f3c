-- ?1 queue, ?2 priority, ?3 ready at, ?4 sequence
INSERT INTO tasq_waiting (queue, priority, ready_at, sequence) VALUES (?1, ?2, ?3, ?4)
