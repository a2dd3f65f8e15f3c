-- $1 version, $2 name, $3 readable from
INSERT INTO {schema_steps} (version, name, readable_from, taken_at) VALUES ($1, $2, $3, clock_timestamp())
