-- :id, :readyAt
UPDATE {tasks} FORCE INDEX (PRIMARY) SET ready_at = :readyAt WHERE id = :id
