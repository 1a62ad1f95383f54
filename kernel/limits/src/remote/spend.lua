-- The rule of rules.rs, for all nodes. KEYS are buckets. ARGV is 1 when all must have room, else what
-- happened is only noted; then interval and burst of each. Answers 1 or 0, then how far ahead each is.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

local function read(i)
  local interval, span = tonumber(ARGV[2 * i]), ARGV[2 * i] * ARGV[2 * i + 1]
  local ahead = (tonumber(redis.call('GET', KEYS[i])) or now) - now
  return math.max(0, math.min(ahead, span)), interval, span
end

local function write(i, ahead)
  redis.call('SET', KEYS[i], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000))
end

local answer = {1}
for i = 1, #KEYS do
  local ahead, interval, span = read(i)
  if ARGV[1] == '0' then
    -- A key may be there several times: each use counts.
    ahead = math.min(ahead + interval, span)
    write(i, ahead)
  elseif ahead + interval > span then
    answer[1] = 0
  end
  answer[i + 1] = ahead
end
if ARGV[1] == '1' and answer[1] == 1 then
  for i = 1, #KEYS do
    answer[i + 1] = answer[i + 1] + tonumber(ARGV[2 * i])
    write(i, answer[i + 1])
  end
end
return answer
