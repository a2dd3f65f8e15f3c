-- A new holder for claims, all as the same attempt; cancel marks stay. :ids, :token, :leaseMs, :attempt
UPDATE {claims} FORCE INDEX (PRIMARY) SET token = :token, attempt = :attempt, lease_until = @tasq_now + :leaseMs WHERE id IN (:ids)
