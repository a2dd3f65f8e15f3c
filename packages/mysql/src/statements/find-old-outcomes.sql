-- Up to :limit outcomes whose time is over, but for those that others are just removing.
SELECT sequence FROM {outcomes} WHERE kept_until <= @tasq_now ORDER BY kept_until LIMIT :limit FOR UPDATE SKIP LOCKED
