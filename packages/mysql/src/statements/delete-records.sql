-- As to the last condition, see delete-waiting. :keys as conditions, one for each
DELETE r FROM {records} AS r FORCE INDEX (PRIMARY) WHERE (:keys) AND r.value IS NOT NULL
