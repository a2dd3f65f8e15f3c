-- Marks claims; the first reason stays. :ids, :reason
UPDATE {claims} FORCE INDEX (PRIMARY) SET cancel_requested = TRUE, cancel_reason = :reason
WHERE id IN (:ids) AND cancel_requested = FALSE
