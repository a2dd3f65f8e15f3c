-- :queues
SELECT queue, COUNT(*) FROM {dead_letters} WHERE queue IN (:queues) GROUP BY queue
