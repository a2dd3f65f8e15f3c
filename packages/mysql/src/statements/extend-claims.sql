-- :leases as conditions, :leaseMs
UPDATE {claims} AS c FORCE INDEX (PRIMARY) SET c.lease_until = @tasq_now + :leaseMs WHERE :leases
