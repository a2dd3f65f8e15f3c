-- ?1 kind, ?2 scope, ?3 key, ?4 value, ?5 version, ?6 expires at, or null
INSERT INTO tasq_records (kind, scope, record_key, value, version, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (kind, scope, record_key) DO UPDATE
SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at
