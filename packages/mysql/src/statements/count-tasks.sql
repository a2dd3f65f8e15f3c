-- One count for each queue and place. :queues
SELECT queue, IF(ready_at <= {now}, 'ready', 'scheduled') AS place, COUNT(*) FROM {waiting}
WHERE queue IN (:queues) GROUP BY queue, place
UNION ALL SELECT queue, 'active', COUNT(*) FROM {claims} WHERE queue IN (:queues) GROUP BY queue
UNION ALL SELECT queue, 'dead', COUNT(*) FROM {dead_letters} WHERE queue IN (:queues) GROUP BY queue
UNION ALL SELECT queue, 'finished', COUNT(*) FROM {outcomes}
WHERE queue IN (:queues) AND kept_until > {now} GROUP BY queue
