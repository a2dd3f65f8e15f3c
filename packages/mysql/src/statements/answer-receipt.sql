-- :callId, :answers
UPDATE {receipts} SET answers = :answers WHERE call_id = :callId
