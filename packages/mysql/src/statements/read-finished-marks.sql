-- Changes with every outcome that is kept and every task that dies.
SELECT (SELECT MAX(sequence) FROM {outcomes}), (SELECT MAX(sequence) FROM {dead_letters})
