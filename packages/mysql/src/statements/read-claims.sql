-- :ids
SELECT id, queue, token, cancel_requested FROM {claims} FORCE INDEX (PRIMARY) WHERE id IN (:ids)
