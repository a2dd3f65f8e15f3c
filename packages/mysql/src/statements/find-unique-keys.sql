-- Who holds keys. :keys as conditions, one for each
SELECT queue, unique_key, id, sequence FROM {unique_keys} FORCE INDEX (PRIMARY) WHERE :keys FOR UPDATE
