-- Keeps what tasks came to; an earlier outcome under the same id goes. :rows of these columns
REPLACE INTO {outcomes} (
  id, queue, task, state, priority, attempts, enqueued_at, finished_at, kept_until, result, encoding, reason
) VALUES :rows
