DELETE o FROM {outcomes} AS o FORCE INDEX (PRIMARY) WHERE o.sequence IN (:sequences)
