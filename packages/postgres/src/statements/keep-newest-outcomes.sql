-- Forgets outcomes of a queue beyond the newest, the oldest first. $1 queue, $2 how many are to stay, $3 the most
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
),
-- Completed and cancelled ones are each in order, in one index; the two are merged.
newest_surplus AS MATERIALIZED (
  SELECT sequence
  FROM (
    SELECT sequence FROM {outcomes}, clock WHERE queue = $1 AND state = 'completed' AND kept_until > clock.now
    UNION ALL
    SELECT sequence FROM {outcomes}, clock WHERE queue = $1 AND state = 'cancelled' AND kept_until > clock.now
  ) AS kept
  ORDER BY sequence DESC OFFSET $2::bigint LIMIT 1
),
surplus AS MATERIALIZED (
  SELECT place
  FROM (
    SELECT sequence, ctid AS place FROM {outcomes}
    WHERE queue = $1 AND state = 'completed' AND sequence <= (SELECT sequence FROM newest_surplus)
    UNION ALL
    SELECT sequence, ctid FROM {outcomes}
    WHERE queue = $1 AND state = 'cancelled' AND sequence <= (SELECT sequence FROM newest_surplus)
  ) AS kept
  ORDER BY sequence LIMIT $3::bigint
),
removed AS (
  DELETE FROM {outcomes} AS kept USING surplus WHERE kept.ctid = surplus.place RETURNING 1
)
SELECT count(*) FROM removed
