-- Removes up to ?2 outcomes whose time is over at ?1.
DELETE FROM tasq_outcomes
WHERE sequence IN (SELECT sequence FROM tasq_outcomes WHERE kept_until <= ?1 ORDER BY kept_until LIMIT ?2)
