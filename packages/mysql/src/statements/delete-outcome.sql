-- :id, :queue
DELETE FROM {outcomes} WHERE id = :id AND queue = :queue
