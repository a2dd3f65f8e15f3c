-- The latest state of these ids, whatever the snapshot of a user's transaction shows: whose rows they are. :ids
SELECT id, sequence FROM {tasks} FORCE INDEX (PRIMARY) WHERE id IN (:ids) FOR UPDATE
