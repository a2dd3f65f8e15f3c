-- A new holder for a claim; attempt and cancel mark stay. ?1 sequence, ?2 token, ?3 lease until
UPDATE tasq_claims SET token = ?2, lease_until = ?3 WHERE sequence = ?1
