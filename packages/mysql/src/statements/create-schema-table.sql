-- The steps that were taken, and from which version on the schema can be read after each.
CREATE TABLE IF NOT EXISTS {schema} (
  version INT NOT NULL,
  name VARCHAR(100) NOT NULL,
  readable_from INT NOT NULL,
  taken_at BIGINT NOT NULL,
  PRIMARY KEY (version)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin COMMENT = 'Tasq'
