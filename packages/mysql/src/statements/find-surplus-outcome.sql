-- The newest outcome of a queue beyond its newest :count that are kept; :most is one more than that. :queue
SELECT sequence FROM (
  (
    SELECT sequence FROM {outcomes} FORCE INDEX (by_queue)
    WHERE queue = :queue AND state = 'completed' AND kept_until > {now} ORDER BY sequence DESC LIMIT :most
  )
  UNION ALL
  (
    SELECT sequence FROM {outcomes} FORCE INDEX (by_queue)
    WHERE queue = :queue AND state = 'cancelled' AND kept_until > {now} ORDER BY sequence DESC LIMIT :most
  )
) AS newest
ORDER BY sequence DESC
LIMIT 1 OFFSET :count
