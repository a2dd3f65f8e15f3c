-- Locks claims: whoever changes a task that runs holds its claim. :ids
SELECT id, queue, token, cancel_requested, cancel_reason FROM {claims} FORCE INDEX (PRIMARY)
WHERE id IN (:ids) ORDER BY id FOR UPDATE
