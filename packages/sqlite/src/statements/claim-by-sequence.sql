-- Claims tasks that are not claimed, and counts an attempt for each. ?1 JSON array of sequences, ?2 now, ?3 token
INSERT INTO tasq_claims (sequence, token, attempt, lease_until)
SELECT sequence, ?3, attempts + 1, ?2 + lease_ms
FROM tasq_tasks
WHERE sequence IN (SELECT value FROM json_each(?1))
