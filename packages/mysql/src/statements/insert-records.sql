-- Fails where somebody else has made one of them meanwhile. :rows of these columns
INSERT INTO {records} (kind, scope, record_key, value, version, expires_at) VALUES :rows
