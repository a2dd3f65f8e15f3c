-- The time, and records that have not ended then. :which as a condition
SELECT {now};
SELECT scope, kind, record_key, value, version, expires_at FROM {records} FORCE INDEX (PRIMARY)
WHERE :which AND (expires_at IS NULL OR expires_at > {now})
