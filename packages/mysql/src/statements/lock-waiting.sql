-- Up to :limit tasks that wait in :queue, ready ones where :ready, scheduled ones where :scheduled, but for those that others are
-- just claiming.
SELECT t.id, t.queue, t.task, t.priority, t.enqueued_at, t.ready_at, t.sequence, t.unique_key, t.settled_token
FROM {waiting} AS w FORCE INDEX (PRIMARY) STRAIGHT_JOIN {tasks} AS t FORCE INDEX (PRIMARY) ON t.id = w.id
WHERE w.queue = :queue AND ((:ready AND w.ready_at <= @tasq_now) OR (:scheduled AND w.ready_at > @tasq_now))
LIMIT :limit
FOR UPDATE SKIP LOCKED
