-- ?1 JSON array of sequences
DELETE FROM tasq_claims WHERE sequence IN (SELECT value FROM json_each(?1))
