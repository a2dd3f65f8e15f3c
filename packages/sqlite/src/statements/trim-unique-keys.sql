-- Removes up to ?2 keys that nothing holds any more at ?1.
DELETE FROM tasq_unique_keys
WHERE (queue, unique_key) IN (
  SELECT queue, unique_key FROM tasq_unique_keys WHERE held_until <= ?1 ORDER BY held_until LIMIT ?2
)
