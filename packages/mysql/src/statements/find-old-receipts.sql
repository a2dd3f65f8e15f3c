-- Up to :limit receipts whose time is over, but for those that others are just removing.
SELECT call_id FROM {receipts} WHERE kept_until <= @tasq_now ORDER BY kept_until LIMIT :limit FOR UPDATE SKIP LOCKED
