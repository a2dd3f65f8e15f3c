-- A new holder for claims; attempts and cancel marks stay. :ids, :token, :leaseMs
UPDATE {claims} FORCE INDEX (PRIMARY) SET token = :token, lease_until = @tasq_now + :leaseMs WHERE id IN (:ids)
