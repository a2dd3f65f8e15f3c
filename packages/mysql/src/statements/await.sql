-- Puts tasks among the waiting, after their rows say when they are ready. :ids
INSERT INTO {waiting} (queue, urgency, ready_at, sequence, id)
SELECT queue, 127 - priority, ready_at, sequence, id FROM {tasks} FORCE INDEX (PRIMARY) WHERE id IN (:ids)
