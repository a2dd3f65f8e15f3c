-- Records of kind ?1 in all scopes that have not ended at ?2.
SELECT scope, kind, record_key, value, version, expires_at FROM tasq_records
WHERE kind = ?1 AND (expires_at IS NULL OR expires_at > ?2)
