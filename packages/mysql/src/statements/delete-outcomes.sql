-- As to the last condition, see delete-waiting. :sequences
DELETE o FROM {outcomes} AS o FORCE INDEX (PRIMARY) WHERE o.sequence IN (:sequences) AND o.queue <> ''
