-- Puts tasks that were just stored among the waiting. :rows of these columns
INSERT INTO {waiting} (queue, urgency, ready_at, sequence, id) VALUES :rows
