-- Whether a shared record stands as a write has made it. $1 scope, $2 kind, $3 key, $4 version
SELECT 1 FROM {records}
WHERE scope = $1 AND kind = $2 AND key = $3 AND version = $4
  AND (expires_at IS NULL OR expires_at > floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)
