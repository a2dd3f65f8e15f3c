-- Where tasks are, as of one moment: among the live ones, the kept outcomes, or the dead letters. :ids
SELECT 'pending', id, queue, NULL, NULL, NULL, NULL, NULL, NULL FROM {tasks} FORCE INDEX (PRIMARY) WHERE id IN (:ids)
UNION ALL
SELECT 'finished', id, queue, state, finished_at, result, encoding, reason, NULL FROM {outcomes} FORCE INDEX (by_id)
WHERE id IN (:ids) AND kept_until > {now}
UNION ALL
SELECT 'dead', id, queue, reason, died_at, NULL, NULL, NULL, failure FROM {dead_letters} FORCE INDEX (by_id)
WHERE id IN (:ids)
