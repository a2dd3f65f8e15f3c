-- A new holder for a claim; the cancel mark stays. ?1 sequence, ?2 token, ?3 lease until, ?4 attempt
UPDATE tasq_claims SET token = ?2, attempt = ?4, lease_until = ?3 WHERE sequence = ?1
