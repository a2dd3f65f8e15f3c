-- As begin, on a connection of the user's pool: what it sets ends with the transaction.
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET @tasq_now = {now};
BEGIN
