-- What an enqueue call was answered that was carried out before. ?1 call id
SELECT answers FROM tasq_receipts WHERE call_id = ?1
