-- Up to :limit claims whose lease is over.
SELECT id FROM {claims} WHERE lease_until <= {now} LIMIT :limit
