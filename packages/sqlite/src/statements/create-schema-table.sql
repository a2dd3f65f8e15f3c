-- The steps that were taken, and from which version on the schema can be read after each.
CREATE TABLE IF NOT EXISTS tasq_schema (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  readable_from INTEGER NOT NULL,
  taken_at INTEGER NOT NULL
) STRICT
