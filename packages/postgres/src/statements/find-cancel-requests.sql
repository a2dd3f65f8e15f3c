-- The running tasks of some queues that carry a cancel mark. $1 queues
SELECT queue, id, cancel_reason FROM {tasks} WHERE cancel_requested AND queue = ANY ($1::text[])
