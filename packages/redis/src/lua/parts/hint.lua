-- hint(ids): tells those who wait for outcomes that tasks of this queue may have finished.
-- ARGV: the channel and the queue stand first.
local function hint(ids)
  if #ids > 0 then call('PUBLISH', ARGV[1], cjson.encode({ ARGV[2], ids })) end
end
