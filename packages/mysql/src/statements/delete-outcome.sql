-- :id, :queue
DELETE o FROM {outcomes} AS o FORCE INDEX (by_id) WHERE o.id = :id AND o.queue = :queue
