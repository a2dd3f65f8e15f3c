-- Up to :limit dead letters of a queue, the oldest first, up to sequence :newest, but for those that others are just changing. :queue
SELECT sequence FROM {dead_letters} FORCE INDEX (by_queue)
WHERE queue = :queue AND sequence <= :newest ORDER BY sequence LIMIT :limit FOR UPDATE SKIP LOCKED
