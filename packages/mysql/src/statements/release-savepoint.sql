-- Fails where no transaction is open.
RELEASE SAVEPOINT tasq_enqueue
