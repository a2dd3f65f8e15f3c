-- What must be known of a server before it is used; a name that it does not know is left out.
SHOW SESSION VARIABLES WHERE Variable_name IN
  ('version', 'max_allowed_packet', 'log_bin', 'binlog_format', 'character_set_results')
