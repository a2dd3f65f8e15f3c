-- The transaction of somebody else that has been open for longest and keeps rows from being vacuumed: whose, what it does, and for how many
-- seconds. Of other users' sessions only a user with pg_read_all_stats sees that.
SELECT coalesce(nullif(application_name, ''), usename::text, ''), state,
  floor(extract(epoch FROM clock_timestamp() - xact_start))::bigint
FROM pg_stat_activity
WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
ORDER BY xact_start LIMIT 1
