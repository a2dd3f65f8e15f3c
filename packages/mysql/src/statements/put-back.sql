-- The attempt is over and the tasks go on. :ids, :delayMs, :attempts, :history, :token of the lease that ends
UPDATE {tasks} FORCE INDEX (PRIMARY)
SET ready_at = @tasq_now + :delayMs, attempts = :attempts, history = :history, settled_token = :token
WHERE id IN (:ids)
