-- PURPOSE  Keep how far a service has come with some of the partitions it reads. Running it twice does no harm.
-- KEYS     1  the service's progress (hash: partition to wall clock in ms; `of`: how many partitions there are; `mixed`:
--             there where keys are not in the partitions in which a reader finds them, and until the hash expires)
-- ARGV     1 TTL in ms   2 how many partitions there are   3 "1" where keys are mixed, else "0"
--          then for each partition: its number, wall clock in ms
-- RETURNS  array of one: how many partitions were told of
for i = 4, #ARGV, 2 do
    redis.call('HSET', KEYS[1], 'of', ARGV[2], ARGV[i], ARGV[i + 1])
end
if ARGV[3] == '1' then
    redis.call('HSET', KEYS[1], 'mixed', '1')
end
if #ARGV > 4 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return { (#ARGV - 3) / 2 }
