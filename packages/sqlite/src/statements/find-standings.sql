-- How things stand with tasks, whether they live, are kept as finished, or are dead. ?1 JSON array of [queue, id], ?2 now
SELECT
  t.sequence, t.attempts, t.lease_ms, c.token, c.attempt, c.lease_until,
  o.sequence, d.reason, d.failure, d.attempts, d.kept_until
FROM json_each(?1) AS wanted
  LEFT JOIN tasq_tasks AS t ON t.id = wanted.value ->> 1 AND t.queue = wanted.value ->> 0
  LEFT JOIN tasq_claims AS c ON c.sequence = t.sequence
  LEFT JOIN tasq_outcomes AS o
    ON o.id = wanted.value ->> 1 AND o.queue = wanted.value ->> 0 AND o.kept_until > ?2 AND t.sequence IS NULL
  LEFT JOIN tasq_dead_letters AS d
    ON d.id = wanted.value ->> 1 AND d.queue = wanted.value ->> 0 AND t.sequence IS NULL
ORDER BY wanted.key
