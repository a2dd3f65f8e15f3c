-- Up to :limit keys that nothing holds any more, but for those that others are just taking.
SELECT queue, unique_key FROM {unique_keys} WHERE held_until <= @tasq_now ORDER BY held_until LIMIT :limit
FOR UPDATE SKIP LOCKED
