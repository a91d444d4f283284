-- PURPOSE  Keep how far a service has come with the partitions it reads; none goes back. Running it twice does no harm.
-- KEYS     1  the service's progress (hash: partition to wall clock in ms; `of`: how many partitions there are)
-- ARGV     1 TTL in ms   2 how many partitions there are   then for each: its number, wall clock in ms
-- RETURNS  array of one: how many partitions have come further
local risen = 0
for i = 3, #ARGV, 2 do
    redis.call('HSET', KEYS[1], 'of', ARGV[2])
    local held = redis.call('HGET', KEYS[1], ARGV[i])
    if not held or tonumber(held) < tonumber(ARGV[i + 1]) then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
        risen = risen + 1
    end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return { risen }
