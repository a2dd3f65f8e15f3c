-- What follows is not carried out, by an error as in complete-all, unless the statement before has changed so many rows. :rows
SELECT ~0 + (ROW_COUNT() <> :rows)
