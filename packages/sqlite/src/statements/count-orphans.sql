-- How many tasks are under leases that were over at ?1, and when the first of them ended.
SELECT count(*), min(lease_until) FROM tasq_claims WHERE lease_until <= ?1
