-- Records of kind ?1 in one scope that have not ended at ?2. ?3 scope
SELECT scope, kind, record_key, value, version, expires_at FROM tasq_records
WHERE kind = ?1 AND scope = ?3 AND (expires_at IS NULL OR expires_at > ?2)
