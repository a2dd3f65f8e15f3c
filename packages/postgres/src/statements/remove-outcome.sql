-- $1 id, $2 queue
DELETE FROM {outcomes} WHERE id = $1 AND queue = $2 RETURNING id
