-- :rows of these columns
INSERT INTO {claims} (id, queue, token, attempt, lease_until) VALUES :rows
