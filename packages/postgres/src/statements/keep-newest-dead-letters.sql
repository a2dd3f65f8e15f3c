-- Removes dead letters of a queue beyond the newest, the oldest first. $1 queue, $2 how many are to stay, $3 the most
WITH newest_surplus AS MATERIALIZED (
  SELECT sequence FROM {dead_letters} WHERE queue = $1 ORDER BY sequence DESC OFFSET $2::bigint LIMIT 1
),
surplus AS MATERIALIZED (
  SELECT ctid AS place FROM {dead_letters}
  WHERE queue = $1 AND sequence <= (SELECT sequence FROM newest_surplus)
  ORDER BY sequence LIMIT $3::bigint FOR UPDATE SKIP LOCKED
),
removed AS (
  DELETE FROM {dead_letters} AS letter USING surplus WHERE letter.ctid = surplus.place RETURNING 1
)
SELECT count(*) FROM removed
