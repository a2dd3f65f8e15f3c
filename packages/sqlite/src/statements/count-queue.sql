-- ?1 queue, ?2 now
SELECT
  (SELECT count(*) FROM tasq_waiting WHERE queue = ?1 AND ready_at <= ?2),
  (SELECT count(*) FROM tasq_waiting WHERE queue = ?1 AND ready_at > ?2),
  (SELECT count(*) FROM tasq_claims AS c CROSS JOIN tasq_tasks AS t ON t.sequence = c.sequence WHERE t.queue = ?1),
  (SELECT count(*) FROM tasq_dead_letters WHERE queue = ?1),
  (SELECT count(*) FROM tasq_outcomes WHERE queue = ?1 AND kept_until > ?2)
