-- The attempt is over and the task goes on. ?1 sequence, ?2 ready at, ?3 attempts used, ?4 history, ?5 settled token
UPDATE tasq_tasks SET ready_at = ?2, attempts = ?3, history = ?4, settled_token = ?5 WHERE sequence = ?1
