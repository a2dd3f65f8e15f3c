-- now: the server's time in ms, the only clock that counts.
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
