-- How many tasks of some queues are in which state, in their order. $1 queues
WITH clock AS MATERIALIZED (
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now
)
SELECT
  asked.queue,
  (SELECT count(*) FROM {tasks} WHERE queue = asked.queue AND token IS NULL AND ready_at <= clock.now),
  (SELECT count(*) FROM {tasks} WHERE queue = asked.queue AND token IS NULL AND ready_at > clock.now),
  (SELECT count(*) FROM {tasks} WHERE queue = asked.queue AND token IS NOT NULL),
  (SELECT count(*) FROM {dead_letters} WHERE queue = asked.queue),
  (SELECT count(*) FROM {outcomes} WHERE queue = asked.queue AND kept_until - clock.now > 0)
FROM clock, unnest($1::text[]) WITH ORDINALITY AS asked (queue, position)
ORDER BY asked.position
