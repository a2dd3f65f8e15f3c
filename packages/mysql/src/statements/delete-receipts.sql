-- As to the last condition, see delete-waiting. :callIds
DELETE r FROM {receipts} AS r FORCE INDEX (PRIMARY) WHERE r.call_id IN (:callIds) AND r.kept_until >= 0
