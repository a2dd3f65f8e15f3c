-- Two processes may meet here on a cluster whose locks are local to a server. :version, :name, :readableFrom
INSERT INTO {schema} (version, name, readable_from, taken_at) VALUES (:version, :name, :readableFrom, {now})
ON DUPLICATE KEY UPDATE version = version
