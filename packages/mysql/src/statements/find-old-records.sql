-- Up to :limit records that have ended, but for those that others are just writing.
SELECT kind, scope, record_key FROM {records} WHERE expires_at <= @tasq_now ORDER BY expires_at LIMIT :limit
FOR UPDATE SKIP LOCKED
