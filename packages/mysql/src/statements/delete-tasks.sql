-- As to the last condition, see delete-waiting. :ids
DELETE t FROM {tasks} AS t FORCE INDEX (PRIMARY) WHERE t.id IN (:ids) AND t.queue <> ''
