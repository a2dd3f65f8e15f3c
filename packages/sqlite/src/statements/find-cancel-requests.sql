-- The claims that carry a cancel mark.
SELECT t.queue, t.id, c.cancel_reason
FROM tasq_claims AS c CROSS JOIN tasq_tasks AS t ON t.sequence = c.sequence
WHERE c.cancel_requested = 1
