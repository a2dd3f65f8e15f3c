-- Deletes dead letters, the oldest first. $1 queue, $2 ids or null, $3 task or null, $4 reason or null, $5 the most
WITH doomed AS MATERIALIZED (
  SELECT ctid AS place FROM {dead_letters}
  WHERE queue = $1
    AND ($2::text[] IS NULL OR id = ANY ($2)) AND ($3::text IS NULL OR task = $3) AND ($4::text IS NULL OR reason = $4)
  ORDER BY sequence LIMIT $5::bigint FOR UPDATE SKIP LOCKED
)
DELETE FROM {dead_letters} AS letter USING doomed
WHERE letter.ctid = doomed.place
RETURNING letter.id
