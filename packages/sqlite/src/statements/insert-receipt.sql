-- ?1 call id, ?2 answers, ?3 kept until
INSERT INTO tasq_receipts (call_id, answers, kept_until) VALUES (?1, ?2, ?3)
