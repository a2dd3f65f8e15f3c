SELECT count(*) FROM tasq_dead_letters WHERE queue = ?1
