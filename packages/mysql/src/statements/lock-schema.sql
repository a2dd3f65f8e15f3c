-- One process at a time changes the schema; the lock ends with its connection. :name, :seconds
SELECT GET_LOCK(:name, :seconds)
