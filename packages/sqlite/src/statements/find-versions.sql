-- Versions of those of these records that have not ended at ?3. ?1 scope, ?2 JSON array of [kind, key]
SELECT r.kind, r.record_key, r.version
FROM json_each(?2) AS wanted
  CROSS JOIN tasq_records AS r
    ON r.kind = wanted.value ->> 0 AND r.scope = ?1 AND r.record_key = wanted.value ->> 1
WHERE r.expires_at IS NULL OR r.expires_at > ?3
