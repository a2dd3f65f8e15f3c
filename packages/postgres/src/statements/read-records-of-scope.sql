-- Shared records of one kind, in one scope. Answers at least one row, for the time; without a record its scope is null.
-- $1 kind, $2 scope
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
SELECT record.scope, record.kind, record.key, record.value, record.version, record.expires_at, clock.now
FROM clock
  LEFT JOIN {records} AS record
    ON record.kind = $1 AND record.scope = $2 AND (record.expires_at IS NULL OR record.expires_at > clock.now)
