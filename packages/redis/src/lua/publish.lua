-- Sends messages to all who listen, in order.
-- ARGV: channel, messages.
for i = 2, #ARGV do call('PUBLISH', ARGV[1], ARGV[i]) end
return false
