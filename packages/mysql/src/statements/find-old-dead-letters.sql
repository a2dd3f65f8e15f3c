-- Up to :limit dead letters whose time is over, but for those that others are just changing.
SELECT sequence FROM {dead_letters} WHERE kept_until <= @tasq_now ORDER BY kept_until LIMIT :limit FOR UPDATE SKIP LOCKED
