-- Tells that queues may have work. $1 queues
SELECT count(pg_notify({ready_channel}, queue)::text) FROM unnest($1::text[]) AS queue
