-- What each connection of Tasq's own is told first.
-- Every statement of a queue has one right plan, whatever the statistics say: the planner is kept from any other, so that a table that
-- was filled a moment ago, or was empty when its plan was made, is read like any other. For the same reason statements say
-- `= ANY (ARRAY[x])` where an index is to be looked up for each x, and IS NOT DISTINCT FROM where it is not.
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_sort = off;
SET enable_material = off;
SET plan_cache_mode = force_generic_plan;
SET jit = off;
SET default_transaction_isolation = 'read committed';
SET bytea_output = 'hex';
-- A statement that waits for a lock keeps its connection, and would be sent again on others.
SET lock_timeout = '5s'
