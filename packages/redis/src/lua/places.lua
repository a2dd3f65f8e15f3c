-- Where members stand in a sorted set.
-- ARGV: members.
-- Returns the score of each; nil where it is not there.
-- KEYS: ordered
return call('ZMSCORE', ordered, unpack(ARGV))
