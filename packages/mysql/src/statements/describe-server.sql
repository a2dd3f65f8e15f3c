-- Settings and figures of the server that the doctor tells of, and its clock; a name that the server does not know is left out.
SHOW GLOBAL VARIABLES WHERE Variable_name IN
  ('max_connections', 'read_only', 'super_read_only', 'innodb_read_only', 'innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin');
SHOW GLOBAL STATUS WHERE Variable_name = 'Threads_connected';
SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation');
SELECT CAST({now} AS SIGNED)
