-- Every queue that holds something. Steps from name to name along the indexes instead of reading all rows.
WITH RECURSIVE
  waiting (queue) AS (
    SELECT min(queue) FROM {tasks} WHERE token IS NULL
    UNION ALL
    SELECT (SELECT min(queue) FROM {tasks} WHERE token IS NULL AND queue > waiting.queue) FROM waiting WHERE queue IS NOT NULL
  ),
  dead (queue) AS (
    SELECT min(queue) FROM {dead_letters}
    UNION ALL
    SELECT (SELECT min(queue) FROM {dead_letters} WHERE queue > dead.queue) FROM dead WHERE queue IS NOT NULL
  ),
  finished (queue) AS (
    SELECT min(queue) FROM {outcomes}
    UNION ALL
    SELECT (SELECT min(queue) FROM {outcomes} WHERE queue > finished.queue) FROM finished WHERE queue IS NOT NULL
  )
SELECT queue FROM waiting WHERE queue IS NOT NULL
UNION SELECT queue FROM dead WHERE queue IS NOT NULL
UNION SELECT queue FROM finished WHERE queue IS NOT NULL
UNION SELECT queue FROM {tasks} WHERE token IS NOT NULL
ORDER BY queue
