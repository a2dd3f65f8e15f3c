-- How things stand with live tasks. $1 ids
SELECT id, queue, token, settled_token, coalesce(cancel_requested, false)
FROM {tasks}
WHERE id = ANY ($1::text[])
