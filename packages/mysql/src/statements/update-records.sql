-- Replaces records that are locked. :rows of these columns
INSERT INTO {records} (kind, scope, record_key, value, version, expires_at) VALUES :rows
ON DUPLICATE KEY UPDATE value = VALUES(value), version = VALUES(version), expires_at = VALUES(expires_at)
