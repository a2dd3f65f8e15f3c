-- How many claims have been over for longer than :ms, and for how many ms the first of them.
SELECT COUNT(*), CAST({now} - MIN(lease_until) AS SIGNED) FROM {claims} WHERE lease_until <= {now} - :ms
