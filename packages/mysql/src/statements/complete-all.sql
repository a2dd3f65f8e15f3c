-- Ends tasks of which nothing is to be kept. What follows is not carried out, by an error that the server makes of every number above
-- the largest, unless each of them was found under its lease, without a unique key. :leases as conditions, :rows twice their number
DELETE c, t
FROM {claims} AS c FORCE INDEX (PRIMARY) STRAIGHT_JOIN {tasks} AS t FORCE INDEX (PRIMARY) ON t.id = c.id
WHERE (:leases) AND t.unique_key IS NULL;
SELECT ~0 + (ROW_COUNT() <> :rows)
