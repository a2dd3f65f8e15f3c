DELETE FROM tasq_dead_letters WHERE sequence = ?1
