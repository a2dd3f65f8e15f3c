-- The claims that carry a cancel mark. :queues
SELECT queue, id, cancel_reason FROM {claims} WHERE cancel_requested = TRUE AND queue IN (:queues)
