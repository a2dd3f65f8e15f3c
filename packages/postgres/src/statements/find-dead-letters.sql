-- Dead letters, oldest first. $1 queue, $2 ids or null, $3 task or null, $4 reason or null, $5 limit, $6 after this sequence
SELECT
  id, queue, task, reason, failure, attempts, enqueued_at, died_at, kept_until,
  payload, encoding, headers, priority, policy, history, sequence
FROM {dead_letters}
WHERE queue = $1 AND sequence > $6::bigint
  AND ($2::text[] IS NULL OR id = ANY ($2)) AND ($3::text IS NULL OR task = $3) AND ($4::text IS NULL OR reason = $4)
ORDER BY sequence
LIMIT $5::bigint
