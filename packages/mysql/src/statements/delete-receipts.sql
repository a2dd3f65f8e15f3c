DELETE r FROM {receipts} AS r FORCE INDEX (PRIMARY) WHERE r.call_id IN (:callIds)
