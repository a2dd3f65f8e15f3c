-- Each statement can be run again: MySQL commits after each of them, so a process may die between any two.
-- Names and tokens are bytes, so that case, accents and trailing spaces count. The comment says whose tables they are.

-- Live tasks. A row changes only when an attempt ends without finishing the task; claiming does not touch it.
CREATE TABLE IF NOT EXISTS {tasks} (
  id VARBINARY(255) NOT NULL,
  -- Made by whoever stored the task; tells its rows from those of an earlier task with this id, and orders tasks of one ms.
  sequence BIGINT NOT NULL,
  queue VARBINARY(255) NOT NULL,
  task VARBINARY(255) NOT NULL,
  priority TINYINT NOT NULL,
  payload LONGBLOB NOT NULL,
  encoding VARBINARY(255) NOT NULL,
  policy MEDIUMTEXT NOT NULL,
  headers MEDIUMTEXT,
  lease_ms BIGINT NOT NULL,
  keep_result_ms BIGINT,
  unique_key VARBINARY(768),
  unique_window_ms BIGINT,
  enqueued_at BIGINT NOT NULL,
  expires_at BIGINT,
  ready_at BIGINT NOT NULL,
  attempts INT NOT NULL DEFAULT 0,
  history MEDIUMTEXT,
  -- Token of the lease that was settled last: a repeat of that settlement is known by it.
  settled_token VARBINARY(255),
  PRIMARY KEY (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';

-- Tasks that wait, clustered in claim order: ready ones and, later in time, scheduled ones. `urgency` is 127 - priority, because
-- older servers have no descending indexes.
CREATE TABLE IF NOT EXISTS {waiting} (
  queue VARBINARY(255) NOT NULL,
  urgency TINYINT UNSIGNED NOT NULL,
  ready_at BIGINT NOT NULL,
  sequence BIGINT NOT NULL,
  id VARBINARY(255) NOT NULL,
  PRIMARY KEY (queue, urgency, ready_at, sequence)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';

-- Tasks under a lease. A task is here or among the waiting, never in both. It holds what runs just now, so reading all of it is short.
CREATE TABLE IF NOT EXISTS {claims} (
  id VARBINARY(255) NOT NULL,
  queue VARBINARY(255) NOT NULL,
  token VARBINARY(255) NOT NULL,
  attempt INT NOT NULL,
  lease_until BIGINT NOT NULL,
  cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
  cancel_reason MEDIUMTEXT,
  PRIMARY KEY (id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';

CREATE TABLE IF NOT EXISTS {dead_letters} (
  sequence BIGINT NOT NULL AUTO_INCREMENT,
  id VARBINARY(255) NOT NULL,
  queue VARBINARY(255) NOT NULL,
  task VARBINARY(255) NOT NULL,
  priority TINYINT NOT NULL,
  payload LONGBLOB NOT NULL,
  encoding VARBINARY(255) NOT NULL,
  policy MEDIUMTEXT NOT NULL,
  headers MEDIUMTEXT,
  lease_ms BIGINT NOT NULL,
  keep_result_ms BIGINT,
  enqueued_at BIGINT NOT NULL,
  attempts INT NOT NULL,
  history MEDIUMTEXT,
  reason VARBINARY(32) NOT NULL,
  failure MEDIUMTEXT,
  died_at BIGINT NOT NULL,
  kept_until BIGINT NOT NULL,
  PRIMARY KEY (sequence),
  UNIQUE KEY by_id (id),
  KEY by_queue (queue, sequence),
  KEY by_end (kept_until)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';

-- What is kept of completed and cancelled tasks.
CREATE TABLE IF NOT EXISTS {outcomes} (
  sequence BIGINT NOT NULL AUTO_INCREMENT,
  id VARBINARY(255) NOT NULL,
  queue VARBINARY(255) NOT NULL,
  task VARBINARY(255) NOT NULL,
  state VARBINARY(32) NOT NULL,
  priority TINYINT NOT NULL,
  attempts INT NOT NULL,
  enqueued_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  kept_until BIGINT NOT NULL,
  result LONGBLOB,
  encoding VARBINARY(255),
  reason MEDIUMTEXT,
  PRIMARY KEY (sequence),
  UNIQUE KEY by_id (id),
  KEY by_queue (queue, state, sequence),
  KEY by_end (kept_until)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';

-- Keys held by a live task (held_until is null) or by a window that outlasts it; `sequence` is that of the task.
CREATE TABLE IF NOT EXISTS {unique_keys} (
  queue VARBINARY(255) NOT NULL,
  unique_key VARBINARY(768) NOT NULL,
  id VARBINARY(255) NOT NULL,
  sequence BIGINT NOT NULL,
  window_until BIGINT NOT NULL,
  held_until BIGINT,
  PRIMARY KEY (queue, unique_key),
  KEY by_end (held_until)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';

-- One for each enqueue call of the last minutes; answers are null where every task was created.
CREATE TABLE IF NOT EXISTS {receipts} (
  call_id VARBINARY(255) NOT NULL,
  answers MEDIUMTEXT,
  kept_until BIGINT NOT NULL,
  PRIMARY KEY (call_id),
  KEY by_end (kept_until)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq';
