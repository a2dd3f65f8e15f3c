-- A dead letter becomes a live task that begins anew: no attempts, no history, no unique key. ?1 its sequence, ?2 now
INSERT INTO tasq_tasks (
  id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at, ready_at
)
SELECT id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, enqueued_at, ?2
FROM tasq_dead_letters WHERE sequence = ?1
ON CONFLICT (id) DO NOTHING
