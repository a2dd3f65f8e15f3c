-- In how many ms the first task of one priority of a queue is ready, from an instant on, and the time; null where none waits. :queue,
-- :urgency, :since
SELECT :queue AS queue, :urgency AS urgency, MIN(ready_at) - {now}, {now} FROM {waiting}
WHERE queue = :queue AND urgency = :urgency AND ready_at >= :since
