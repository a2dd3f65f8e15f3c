-- Up to :limit outcomes of a queue in each state, the oldest first, up to sequence :newest, but for those that others are just removing.
-- :queue
SELECT sequence FROM {outcomes} FORCE INDEX (by_queue)
WHERE queue = :queue AND state = 'completed' AND sequence <= :newest ORDER BY sequence LIMIT :limit FOR UPDATE SKIP LOCKED;
SELECT sequence FROM {outcomes} FORCE INDEX (by_queue)
WHERE queue = :queue AND state = 'cancelled' AND sequence <= :newest ORDER BY sequence LIMIT :limit FOR UPDATE SKIP LOCKED
