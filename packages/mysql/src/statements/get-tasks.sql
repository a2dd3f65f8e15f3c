-- Live tasks, whole. :ids
SELECT
  t.id, t.queue, t.task, t.priority, t.attempts, t.enqueued_at, t.ready_at, t.expires_at, t.unique_key,
  t.keep_result_ms, t.payload, t.encoding, t.headers, t.policy, t.history,
  c.attempt, c.lease_until, c.token, c.cancel_requested, t.sequence
FROM {tasks} AS t FORCE INDEX (PRIMARY) LEFT JOIN {claims} AS c ON c.id = t.id
WHERE t.id IN (:ids);
SELECT
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, result, encoding, reason, sequence
FROM {outcomes} FORCE INDEX (by_id) WHERE id IN (:ids) AND kept_until > {now};
SELECT {now}
