-- Dead letters become live tasks that begin anew: no attempts, no history, no unique key. :sequences of the letters, of which :lowest is
-- the lowest; :first is the first of as many new ones as there are from it on
INSERT INTO {tasks} (
  id, sequence, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at, ready_at
)
SELECT
  id, :first + (sequence - :lowest), queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms,
  enqueued_at, @tasq_now
FROM {dead_letters} FORCE INDEX (PRIMARY) WHERE sequence IN (:sequences)
