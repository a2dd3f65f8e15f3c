-- How things stand with tasks, and the instant of this transaction. Claims are locked: whoever changes a task that runs holds its claim.
-- What a task came to is read after the live ones: one that ends in between is found. :ids
SELECT id, token, attempt, lease_until FROM {claims} FORCE INDEX (PRIMARY) WHERE id IN (:ids) ORDER BY id FOR UPDATE;
SELECT id, queue, priority, ready_at, sequence, attempts, lease_ms FROM {tasks} FORCE INDEX (PRIMARY) WHERE id IN (:ids);
SELECT id, queue FROM {outcomes} FORCE INDEX (by_id) WHERE id IN (:ids) AND kept_until > @tasq_now;
SELECT id, queue, reason, failure, attempts, kept_until FROM {dead_letters} FORCE INDEX (by_id) WHERE id IN (:ids);
SELECT @tasq_now
