-- Live tasks and, of those that are claimed, their claims. ?1 JSON array of ids
SELECT
  t.id, t.queue, t.sequence, t.unique_key, t.settled_token, c.token, c.cancel_requested, c.cancel_reason
FROM json_each(?1) AS wanted
  CROSS JOIN tasq_tasks AS t ON t.id = wanted.value
  LEFT JOIN tasq_claims AS c ON c.sequence = t.sequence
