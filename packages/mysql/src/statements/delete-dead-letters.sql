-- As to the last condition, see delete-waiting. :sequences
DELETE d FROM {dead_letters} AS d FORCE INDEX (PRIMARY) WHERE d.sequence IN (:sequences) AND d.queue <> ''
