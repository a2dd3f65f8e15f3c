-- What tasks came to, in order: whether each is live; else its outcome, if that is still kept: state, finished at, result, encoding,
-- reason; else its dead letter: reason, failure, died at. $1 ids, $2 queues
SELECT
  live.id IS NOT NULL, outcome.state, outcome.finished_at, outcome.result, outcome.encoding, outcome.reason,
  letter.reason, letter.failure, letter.died_at
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (id, queue, position)
  LEFT JOIN {tasks} AS live ON live.id = ANY (ARRAY[asked.id]) AND live.queue = asked.queue
  LEFT JOIN {outcomes} AS outcome
    ON outcome.id = ANY (ARRAY[asked.id]) AND outcome.queue IS NOT DISTINCT FROM asked.queue AND live.id IS NULL
    AND outcome.kept_until - floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint > 0
  LEFT JOIN {dead_letters} AS letter
    ON letter.id = ANY (ARRAY[asked.id]) AND letter.queue IS NOT DISTINCT FROM asked.queue AND live.id IS NULL AND outcome.id IS NULL
ORDER BY asked.position
