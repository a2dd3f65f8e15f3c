-- The steps that were taken, and from which version on the schema can be read after each.
CREATE TABLE {schema_steps} (
  version integer PRIMARY KEY,
  name text NOT NULL,
  readable_from integer NOT NULL,
  taken_at timestamptz NOT NULL
)
