-- Puts a shared record in the place of one of a certain version. Answers a row where it did.
-- $1 scope, $2 kind, $3 key, $4 value, $5 version, $6 how long it lives, in ms, or null, $7 the version that it must have
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
UPDATE {records} AS record
SET value = $4, version = $5, expires_at = (SELECT now FROM clock) + $6::bigint
WHERE record.scope = $1 AND record.kind = $2 AND record.key = $3 AND record.version = $7
  AND (record.expires_at IS NULL OR record.expires_at > (SELECT now FROM clock))
RETURNING 1
