-- A live task and, while it is claimed, its claim. ?1 id, ?2 queue
SELECT t.sequence, t.unique_key, t.settled_token, c.token, c.cancel_requested, c.cancel_reason
FROM tasq_tasks AS t LEFT JOIN tasq_claims AS c ON c.sequence = t.sequence
WHERE t.id = ?1 AND t.queue = ?2
