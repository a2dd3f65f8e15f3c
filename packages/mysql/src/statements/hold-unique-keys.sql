-- Takes keys that nobody holds at :now; those that are held stay as they are. The last assignment must come last: the others look at
-- what it changes. :rows of these columns
INSERT INTO {unique_keys} (queue, unique_key, id, sequence, window_until) VALUES :rows
ON DUPLICATE KEY UPDATE
  id = IF(held_until <= :now, VALUES(id), id),
  sequence = IF(held_until <= :now, VALUES(sequence), sequence),
  window_until = IF(held_until <= :now, VALUES(window_until), window_until),
  held_until = IF(held_until <= :now, NULL, held_until)
