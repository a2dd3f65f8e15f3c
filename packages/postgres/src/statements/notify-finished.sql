-- Tells that tasks may have finished. $1 hints
SELECT count(pg_notify({finished_channel}, hint)::text) FROM unnest($1::text[]) AS hint
