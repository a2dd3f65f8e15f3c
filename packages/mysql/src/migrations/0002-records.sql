-- As in 0001: the statement can be run again, and names are bytes.

-- Small state that processes share, such as who is there and what is paused. A record that has ended stays until it is written again or trimmed.
CREATE TABLE IF NOT EXISTS {records} (
  kind VARBINARY(255) NOT NULL,
  scope VARBINARY(255) NOT NULL,
  record_key VARBINARY(768) NOT NULL,
  value MEDIUMTEXT NOT NULL,
  version VARBINARY(255) NOT NULL,
  expires_at BIGINT,
  PRIMARY KEY (kind, scope, record_key),
  KEY by_end (expires_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';
