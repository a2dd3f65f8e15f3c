-- A new holder for claims, whose attempts are further ones; cancel marks stay. :ids, :token, :leaseMs
UPDATE {claims} FORCE INDEX (PRIMARY) SET token = :token, attempt = attempt + 1, lease_until = @tasq_now + :leaseMs WHERE id IN (:ids)
