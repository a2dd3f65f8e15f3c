-- ?1 sequence, ?2 lease until
UPDATE tasq_claims SET lease_until = ?2 WHERE sequence = ?1
