-- A call that was carried out before fails here, before anything else is written. :callId, :keepMs
INSERT INTO {receipts} (call_id, kept_until) VALUES (:callId, @tasq_now + :keepMs)
