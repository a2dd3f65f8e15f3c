-- In how many ms the first task of each priority of :queues is ready. Steps from priority to priority along the index.
SELECT queue, urgency, MIN(ready_at) - {now} FROM {waiting} WHERE queue IN (:queues) GROUP BY queue, urgency
