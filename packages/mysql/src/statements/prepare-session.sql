-- Settings of a connection of our own. Who waits for a lock for so long is told so, and asks again. The comment is read by MariaDB alone: it
-- would turn long lists into subqueries.
SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET SESSION
  sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
  time_zone = '+00:00',
  autocommit = 1,
  innodb_lock_wait_timeout = 5,
  lock_wait_timeout = 10
  /*M!100318 , in_predicate_conversion_threshold = 0 */
