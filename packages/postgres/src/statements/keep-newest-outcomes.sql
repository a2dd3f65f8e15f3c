-- Forgets outcomes of a queue beyond the newest, the oldest first. $1 queue, $2 how many are to stay, $3 the most
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
newest_surplus AS MATERIALIZED (
  SELECT kept.sequence
  FROM clock
    CROSS JOIN unnest('{completed,cancelled}'::text[]) AS ended (state)
    CROSS JOIN LATERAL (
      SELECT sequence FROM {outcomes}
      WHERE queue = $1 AND state = ended.state AND kept_until - clock.now > 0
      ORDER BY sequence DESC LIMIT $2::bigint + 1
    ) AS kept
  ORDER BY kept.sequence DESC OFFSET $2::bigint LIMIT 1
),
surplus AS MATERIALIZED (
  SELECT kept.place
  FROM newest_surplus
    CROSS JOIN unnest('{completed,cancelled}'::text[]) AS ended (state)
    CROSS JOIN LATERAL (
      SELECT sequence, ctid AS place FROM {outcomes}
      WHERE queue = $1 AND state = ended.state AND sequence <= newest_surplus.sequence
      ORDER BY sequence LIMIT $3::bigint FOR UPDATE SKIP LOCKED
    ) AS kept
  ORDER BY kept.sequence LIMIT $3::bigint
),
removed AS (
  DELETE FROM {outcomes} AS kept USING surplus WHERE kept.ctid = surplus.place RETURNING 1
)
SELECT count(*) FROM removed
