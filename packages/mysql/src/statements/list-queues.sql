-- Every queue that holds something. Steps from name to name along the indexes instead of reading all rows.
SELECT queue FROM {waiting} GROUP BY queue
UNION SELECT queue FROM {dead_letters} GROUP BY queue
UNION SELECT queue FROM {outcomes} GROUP BY queue
UNION SELECT queue FROM {claims}
