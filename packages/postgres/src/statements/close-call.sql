-- Ends a reserve that is repeated: waits for what was sent first if that is under way, and sees to it that it claims nothing if it
-- arrives later. $1 its token, $2 how long that is remembered, in ms
WITH finished AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended($1, 0)) AS lock
)
INSERT INTO {receipts} (call_id, kept_until)
SELECT $1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + $2::bigint
FROM finished
ON CONFLICT (call_id) DO NOTHING
