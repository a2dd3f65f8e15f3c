-- Small state that processes share, such as who is there and what is paused. A record that has ended stays until it is written again or trimmed.
CREATE TABLE tasq_records (
  kind TEXT NOT NULL,
  scope TEXT NOT NULL,
  record_key TEXT NOT NULL,
  value TEXT NOT NULL,
  version TEXT NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (kind, scope, record_key)
) STRICT;
CREATE INDEX tasq_records_by_end ON tasq_records (expires_at) WHERE expires_at IS NOT NULL;
