-- On a connection of the user's that no transaction is open on.
START TRANSACTION
