DELETE d FROM {dead_letters} AS d FORCE INDEX (PRIMARY) WHERE d.sequence IN (:sequences)
