-- What an enqueue call was answered that was carried out before; null where every task was created. $1 call id
SELECT answers FROM {receipts} WHERE call_id = $1
