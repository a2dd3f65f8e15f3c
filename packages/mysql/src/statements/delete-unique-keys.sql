-- As to the last condition, see delete-waiting. :keys as conditions, one for each
DELETE k FROM {unique_keys} AS k FORCE INDEX (PRIMARY) WHERE (:keys) AND k.id <> ''
