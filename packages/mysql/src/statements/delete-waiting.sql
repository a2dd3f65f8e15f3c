-- Takes tasks out of the waiting. The last condition always holds: without one on a further column, MariaDB passes over the hint where the
-- table is small, reads all of it, and waits for rows that others hold. :places as a condition
DELETE w FROM {waiting} AS w FORCE INDEX (PRIMARY) WHERE (:places) AND w.id <> ''
