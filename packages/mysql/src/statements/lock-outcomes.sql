-- Up to :limit outcomes of a queue in one state, the oldest first, but for those that others are just removing. :queue, :state
SELECT sequence FROM {outcomes} FORCE INDEX (by_queue)
WHERE queue = :queue AND state = :state ORDER BY sequence LIMIT :limit FOR UPDATE SKIP LOCKED
