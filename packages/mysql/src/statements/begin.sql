-- One instant for all that a transaction writes: the server's clock, whatever the time zone of the session is.
SET @tasq_now = {now};
BEGIN
