-- Sends messages to all who listen on a channel, in order. Two that are the same would be sent once, so each begins with its number.
-- $1 channel, $2 messages
SELECT count(pg_notify($1, message.number || ':' || message.text)::text)
FROM unnest($2::text[]) WITH ORDINALITY AS message (text, number)
