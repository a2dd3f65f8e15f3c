-- How many dead letters some queues have, in their order. $1 queues
SELECT (SELECT count(*) FROM {dead_letters} WHERE queue = asked.queue)
FROM unnest($1::text[]) WITH ORDINALITY AS asked (queue, position)
ORDER BY asked.position
