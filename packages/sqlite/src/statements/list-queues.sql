-- Every queue that holds something. Steps from name to name along the indexes instead of reading all rows.
WITH RECURSIVE
  waiting (queue) AS (
    SELECT min(queue) FROM tasq_waiting
    UNION ALL
    SELECT (SELECT min(queue) FROM tasq_waiting WHERE queue > waiting.queue) FROM waiting WHERE queue IS NOT NULL
  ),
  dead (queue) AS (
    SELECT min(queue) FROM tasq_dead_letters
    UNION ALL
    SELECT (SELECT min(queue) FROM tasq_dead_letters WHERE queue > dead.queue) FROM dead WHERE queue IS NOT NULL
  ),
  finished (queue) AS (
    SELECT min(queue) FROM tasq_outcomes
    UNION ALL
    SELECT (SELECT min(queue) FROM tasq_outcomes WHERE queue > finished.queue) FROM finished WHERE queue IS NOT NULL
  )
SELECT queue FROM waiting WHERE queue IS NOT NULL
UNION SELECT queue FROM dead WHERE queue IS NOT NULL
UNION SELECT queue FROM finished WHERE queue IS NOT NULL
UNION SELECT t.queue FROM tasq_claims AS c CROSS JOIN tasq_tasks AS t ON t.sequence = c.sequence
ORDER BY queue
