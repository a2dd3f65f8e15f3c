DELETE FROM tasq_claims WHERE sequence = ?1
