-- :keys as conditions, one for each
DELETE k FROM {unique_keys} AS k FORCE INDEX (PRIMARY) WHERE :keys
