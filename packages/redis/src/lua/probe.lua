-- Whether this user may use every command that the scripts use: one that fails in the middle of a script would leave it half done.
-- ARGV: a channel.
-- Returns the first command that fails and why; nil where none does.
-- KEYS: probe
local commands = {
  'DEL', 'EXISTS', 'GET', 'GETBIT . 0', 'HDEL . f', 'HEXISTS . f', 'HGET . f', 'HGETALL', 'HINCRBY . f 1', 'HLEN',
  'HMGET . f', 'HSET . f v', 'HSETNX . f v', 'HSTRLEN . f', 'INCR', 'INCRBY . 1', 'LLEN', 'LPOS . m',
  'LRANGE . 0 1', 'LTRIM . 1 -1', 'PEXPIRE . 1000', 'RPUSH . m', 'SADD . m', 'SCARD', 'SET . v', 'SETBIT . 0 1',
  'SISMEMBER . m', 'SMEMBERS',
  'SMISMEMBER . m', 'SREM . m', 'TYPE', 'ZADD . 1 m', 'ZCARD', 'ZCOUNT . 0 1', 'ZMSCORE . m', 'ZPOPMIN', 'ZRANGE . 0 1',
  'ZRANGEBYSCORE . 0 1', 'ZREM . m', 'ZREMRANGEBYSCORE . 0 1', 'ZSCORE . m',
}

local function fails(...)
  local reply = redis.pcall(...)
  return type(reply) == 'table' and reply.err
end

for _, command in ipairs(commands) do
  local words = {}
  for word in command:gmatch('%S+') do words[#words + 1] = word end
  words[2] = probe
  local problem = fails(unpack(words))
  if problem then return words[1] .. ': ' .. problem end
  call('DEL', probe)
end
local problem = fails('TIME') or fails('PUBLISH', ARGV[1], '')
return problem and 'TIME or PUBLISH: ' .. problem or false
