-- ?1 kind, ?2 scope, ?3 key
DELETE FROM tasq_records WHERE kind = ?1 AND scope = ?2 AND record_key = ?3
