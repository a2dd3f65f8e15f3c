-- The instant of this transaction.
SELECT @tasq_now
