-- Makes sure that what is under the common names is ours, and notes the format of what is stored where nothing is noted yet.
-- ARGV: the format that is written now.
-- Returns the format that is noted, or the name of a key that is not ours.
-- KEYS: format
local kind = call('TYPE', format).ok
if kind == 'none' then call('SET', format, ARGV[1]) elseif kind ~= 'string' then return format end
local noted = call('GET', format)
return noted:match('^%d+$') and tonumber(noted) or format
