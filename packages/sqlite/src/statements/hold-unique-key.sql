-- Takes a key, or takes it over where its time is over. ?1 queue, ?2 key, ?3 id, ?4 end of its window
INSERT OR REPLACE INTO tasq_unique_keys (queue, unique_key, id, window_until) VALUES (?1, ?2, ?3, ?4)
