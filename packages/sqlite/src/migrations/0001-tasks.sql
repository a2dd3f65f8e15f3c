-- Live tasks. A row changes only when an attempt ends without finishing the task; claiming does not touch it.
CREATE TABLE tasq_tasks (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  queue TEXT NOT NULL,
  task TEXT NOT NULL,
  priority INTEGER NOT NULL,
  payload BLOB NOT NULL,
  encoding TEXT NOT NULL,
  policy TEXT NOT NULL,
  headers TEXT,
  lease_ms INTEGER NOT NULL,
  keep_result_ms INTEGER,
  unique_key TEXT,
  unique_window_ms INTEGER,
  enqueued_at INTEGER NOT NULL,
  expires_at INTEGER,
  ready_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  history TEXT,
  -- Token of the lease that was settled last: a repeat of that settlement is known by it.
  settled_token TEXT
) STRICT;

-- Tasks that wait, in claim order: ready ones and, later in time, scheduled ones.
CREATE TABLE tasq_waiting (
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  ready_at INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (queue, priority DESC, ready_at, sequence)
) STRICT, WITHOUT ROWID;

-- Tasks under a lease. A task is here or in tasq_waiting, never in both.
CREATE TABLE tasq_claims (
  sequence INTEGER PRIMARY KEY,
  token TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  cancel_requested INTEGER NOT NULL DEFAULT 0,
  cancel_reason TEXT
) STRICT;

CREATE TABLE tasq_dead_letters (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  queue TEXT NOT NULL,
  task TEXT NOT NULL,
  priority INTEGER NOT NULL,
  payload BLOB NOT NULL,
  encoding TEXT NOT NULL,
  policy TEXT NOT NULL,
  headers TEXT,
  lease_ms INTEGER NOT NULL,
  keep_result_ms INTEGER,
  enqueued_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  history TEXT,
  reason TEXT NOT NULL,
  failure TEXT,
  died_at INTEGER NOT NULL,
  kept_until INTEGER NOT NULL
) STRICT;
CREATE INDEX tasq_dead_letters_by_queue ON tasq_dead_letters (queue, sequence);
CREATE INDEX tasq_dead_letters_by_end ON tasq_dead_letters (kept_until);

-- What is kept of completed and cancelled tasks.
CREATE TABLE tasq_outcomes (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  queue TEXT NOT NULL,
  task TEXT NOT NULL,
  state TEXT NOT NULL,
  priority INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  enqueued_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  kept_until INTEGER NOT NULL,
  result BLOB,
  encoding TEXT,
  reason TEXT
) STRICT;
CREATE INDEX tasq_outcomes_by_queue ON tasq_outcomes (queue, state, sequence);
CREATE INDEX tasq_outcomes_by_end ON tasq_outcomes (kept_until);

-- Keys held by a live task (held_until is null) or by a window that outlasts it.
CREATE TABLE tasq_unique_keys (
  queue TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  id TEXT NOT NULL,
  window_until INTEGER NOT NULL,
  held_until INTEGER,
  PRIMARY KEY (queue, unique_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasq_unique_keys_by_end ON tasq_unique_keys (held_until) WHERE held_until IS NOT NULL;

-- One for each enqueue call of the last minutes; answers are null where every task was created.
CREATE TABLE tasq_receipts (
  call_id TEXT PRIMARY KEY,
  answers TEXT,
  kept_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tasq_receipts_by_end ON tasq_receipts (kept_until);
