-- Marks a claim; the first reason stays. ?1 sequence, ?2 reason
UPDATE tasq_claims SET cancel_requested = 1, cancel_reason = ?2 WHERE sequence = ?1 AND cancel_requested = 0
