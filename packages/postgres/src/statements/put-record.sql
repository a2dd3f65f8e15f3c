-- Puts a shared record; one that has ended is none. Answers a row where it was put.
-- $1 scope, $2 kind, $3 key, $4 value, $5 version, $6 how long it lives, in ms, or null, $7 whether only where there is none,
-- $8 whether only where there is none of this version
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
INSERT INTO {records} AS record (scope, kind, key, value, version, expires_at)
SELECT $1, $2, $3, $4, $5, clock.now + $6::bigint FROM clock
ON CONFLICT (kind, scope, key) DO UPDATE
  SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at
  WHERE record.expires_at <= (SELECT now FROM clock)
    OR NOT $7::boolean AND (NOT $8::boolean OR record.version <> excluded.version)
RETURNING 1
