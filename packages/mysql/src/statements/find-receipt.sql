-- What an enqueue call was answered that was carried out before. :callId
SELECT answers FROM {receipts} WHERE call_id = :callId FOR UPDATE
