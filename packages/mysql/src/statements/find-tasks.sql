-- Live tasks. :ids
SELECT id, queue, task, priority, enqueued_at, ready_at, sequence, unique_key, settled_token
FROM {tasks} FORCE INDEX (PRIMARY) WHERE id IN (:ids)
