-- Of the table of live tasks: how many rows live, how many are dead, bytes, and whether autovacuum is switched off for it alone. Null where
-- there is no such table.
SELECT
  pg_stat_get_live_tuples(to_regclass('{tasks}')), pg_stat_get_dead_tuples(to_regclass('{tasks}')),
  pg_total_relation_size(to_regclass('{tasks}')),
  (SELECT 'autovacuum_enabled=false' = ANY (reloptions) FROM pg_class WHERE oid = to_regclass('{tasks}'))
