-- As find-dead-letters from the first on, locked, but for those that others are just changing.
SELECT sequence, id FROM {dead_letters}
WHERE queue = :queue
  AND (:anyId OR id IN (:ids)) AND (:task IS NULL OR task = :task) AND (:reason IS NULL OR reason = :reason)
ORDER BY sequence
LIMIT :limit
FOR UPDATE SKIP LOCKED
