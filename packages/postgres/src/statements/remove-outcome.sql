-- $1 id, $2 queue
DELETE FROM {outcomes} WHERE id = $1 AND queue IS NOT DISTINCT FROM $2 RETURNING id
