-- As to the last condition, see delete-waiting. :ids
DELETE c FROM {claims} AS c FORCE INDEX (PRIMARY) WHERE c.id IN (:ids) AND c.token <> ''
