-- Whether any lease is over at ?1.
SELECT 1 FROM tasq_claims WHERE lease_until <= ?1 LIMIT 1
