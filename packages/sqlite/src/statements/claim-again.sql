-- A new holder for a claim, whose attempt is a further one; the cancel mark stays. ?1 sequence, ?2 token, ?3 lease until
UPDATE tasq_claims SET token = ?2, attempt = attempt + 1, lease_until = ?3 WHERE sequence = ?1
