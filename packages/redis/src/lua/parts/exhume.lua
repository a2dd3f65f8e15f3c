-- exhume(id): removes a dead letter.
-- KEYS: dead deadPayloads deaths deadEnds
local function exhume(id)
  call('HDEL', dead, id)
  call('HDEL', deadPayloads, id)
  call('ZREM', deaths, id)
  call('ZREM', deadEnds, id)
end
