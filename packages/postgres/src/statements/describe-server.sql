-- The server's clock in ms since epoch; how many connections it takes, but for those of superusers, and how many there are; whether it vacuums
-- by itself, and counts what is to be vacuumed.
SELECT
  floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  current_setting('autovacuum') = 'on', current_setting('track_counts') = 'on'
