-- State that processes share. Some of it is written again every few seconds, by each process.
CREATE TABLE {records} (
  expires_at bigint,
  kind text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, scope, key)
) WITH (
  fillfactor = 80,
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_cost_delay = 0
);
CREATE INDEX tasq_records_by_end ON {records} (expires_at) WHERE expires_at IS NOT NULL;
