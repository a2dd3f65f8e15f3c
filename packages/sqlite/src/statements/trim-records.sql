-- Removes up to ?2 records that have ended at ?1.
DELETE FROM tasq_records
WHERE rowid IN (SELECT rowid FROM tasq_records WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
