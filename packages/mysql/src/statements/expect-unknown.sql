-- What follows is not carried out, by an error as in complete-all, where something is kept of tasks that have ended. :tasks as conditions
SELECT ~0 + EXISTS (SELECT 1 FROM {outcomes} AS ended FORCE INDEX (by_id) WHERE (:tasks) AND kept_until > @tasq_now);
SELECT ~0 + EXISTS (SELECT 1 FROM {dead_letters} AS ended FORCE INDEX (by_id) WHERE :tasks)
