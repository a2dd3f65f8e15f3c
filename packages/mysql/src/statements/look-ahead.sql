-- In how many ms the first task of each priority of :queues is ready, and the time. Steps from priority to priority along the index. The last
-- row, without a queue, has in place of that how many ms the statement took: SYSDATE is the time of a row, and NOW that of the statement. The
-- types are said because the two parts would have another one in common.
SELECT queue, CAST(urgency AS SIGNED), CAST(MIN(ready_at) - {now} AS SIGNED), CAST({now} AS SIGNED)
FROM {waiting} WHERE queue IN (:queues) GROUP BY queue, urgency
UNION ALL
SELECT NULL, 0, CAST(TIMESTAMPDIFF(MICROSECOND, NOW(6), SYSDATE(6)) DIV 1000 AS SIGNED), CAST({now} AS SIGNED)
