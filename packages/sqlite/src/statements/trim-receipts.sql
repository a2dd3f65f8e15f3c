-- Removes up to ?2 receipts whose time is over at ?1.
DELETE FROM tasq_receipts
WHERE call_id IN (SELECT call_id FROM tasq_receipts WHERE kept_until <= ?1 ORDER BY kept_until LIMIT ?2)
