-- One process at a time changes the schema; let go at the end of the transaction. $1 schema
SELECT pg_advisory_xact_lock(hashtextextended('tasq schema ' || $1::text, 0))
