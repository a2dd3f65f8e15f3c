-- Takes tasks out of the waiting. :places as conditions, one for each
DELETE w FROM {waiting} AS w FORCE INDEX (PRIMARY) WHERE :places
