-- Removes a shared record. Answers a row where it did. $1 scope, $2 kind, $3 key, $4 the version that it must have, or null
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
DELETE FROM {records} AS record
WHERE record.scope = $1 AND record.kind = $2 AND record.key = $3
  AND ($4::text IS NULL OR record.version = $4 AND (record.expires_at IS NULL OR record.expires_at > (SELECT now FROM clock)))
RETURNING 1
