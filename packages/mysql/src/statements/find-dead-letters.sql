-- Dead letters, oldest first. :queue, :anyId or :ids, :task or null, :reason or null, :after this sequence, :limit
SELECT
  id, queue, task, reason, failure, attempts, enqueued_at, died_at, kept_until,
  payload, encoding, headers, priority, policy, history, sequence
FROM {dead_letters}
WHERE queue = :queue AND sequence > :after
  AND (:anyId OR id IN (:ids)) AND (:task IS NULL OR task = :task) AND (:reason IS NULL OR reason = :reason)
ORDER BY sequence
LIMIT :limit
