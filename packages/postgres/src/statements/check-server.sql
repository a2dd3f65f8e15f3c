-- The server's version as a number, whether it follows another one, and whether it can only be read.
SELECT
  current_setting('server_version_num')::int, current_setting('server_version'),
  pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'
