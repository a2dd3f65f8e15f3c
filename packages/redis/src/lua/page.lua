-- Members of a sorted set in its order, from a score on.
-- ARGV: the least score; the highest, as ZRANGEBYSCORE takes them; most members.
-- Returns member, score, member, score, …
-- KEYS: ordered
-- USES: allow-when-full now promote wake
wake(promote())
return call('ZRANGEBYSCORE', ordered, ARGV[1], ARGV[2], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
