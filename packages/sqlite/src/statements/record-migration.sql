-- ?1 version, ?2 name, ?3 readable from, ?4 now
INSERT INTO tasq_schema (version, name, readable_from, taken_at) VALUES (?1, ?2, ?3, ?4)
