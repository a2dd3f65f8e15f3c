-- Locks records, ended ones too, so that nobody changes them before the transaction ends. :keys as conditions, one for each
SELECT kind, record_key, version, expires_at IS NULL OR expires_at > @tasq_now FROM {records} FORCE INDEX (PRIMARY)
WHERE :keys FOR UPDATE
