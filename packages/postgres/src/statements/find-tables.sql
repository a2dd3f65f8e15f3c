-- Which of some tables are there. $1 schema, $2 their names
SELECT tablename::text FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = ANY ($2::text[])
