-- PURPOSE  Add one member to a ring: a sorted set of which the members with the highest scores are kept. Running it
--          twice does no harm: the second time the member is there already.
-- KEYS     1  the ring (sorted set)
-- ARGV     1 score, a time in ms   2 member   3 members kept   4 TTL of the ring in ms
-- RETURNS  array of one: how many members were let go
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
local all = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '+inf')
local over = #all - tonumber(ARGV[3])
for i = 1, over do
    redis.call('ZREM', KEYS[1], all[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return { math.max(over, 0) }
