-- The newest dead letter of a queue beyond its newest :count. :queue
SELECT sequence FROM {dead_letters} FORCE INDEX (by_queue) WHERE queue = :queue ORDER BY sequence DESC LIMIT 1 OFFSET :count
