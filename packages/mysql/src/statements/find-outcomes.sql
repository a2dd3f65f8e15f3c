-- :queue, :state, :task or null, :after this sequence, :limit
SELECT
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, result, encoding, reason, sequence
FROM {outcomes}
WHERE queue = :queue AND state = :state AND sequence > :after AND kept_until > {now}
  AND (:task IS NULL OR task = :task)
ORDER BY sequence
LIMIT :limit
