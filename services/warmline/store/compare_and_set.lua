-- PURPOSE  Write several states of one bucket, each only where its version is the one the writer last saw; set when
--          each is due next. Running it twice does no harm: the second time no version fits.
-- KEYS     1        due times of the bucket (sorted set)
--          2..n+1   states (hashes)
-- ARGV     eight for each state, in order:
--          1 expected version ("0": the state must not exist)    2 new version
--          3 state   4 outbox   5 now ("" keeps what is there)
--          6 due: a watermark in ms, "" for none, "=" to leave the due time as it is
--          7 TTL of the state in ms   8 member of the sorted set
-- RETURNS  array of 1 (written) or 0 (another version is there), one for each state
local due_key = KEYS[1]
local longest = 0
local results = {}
for i = 2, #KEYS do
    local at = (i - 2) * 8
    local held = redis.call('HGET', KEYS[i], 'v') or '0'
    if held ~= ARGV[at + 1] then
        results[i - 1] = 0
    else
        local ttl = tonumber(ARGV[at + 7])
        if ARGV[at + 5] == '' then
            redis.call('HSET', KEYS[i], 'v', ARGV[at + 2], 'state', ARGV[at + 3], 'outbox', ARGV[at + 4])
        else
            redis.call('HSET', KEYS[i], 'v', ARGV[at + 2], 'state', ARGV[at + 3], 'outbox', ARGV[at + 4],
                'now', ARGV[at + 5])
        end
        redis.call('PEXPIRE', KEYS[i], ttl)
        local due = ARGV[at + 6]
        if due == '' then
            redis.call('ZREM', due_key, ARGV[at + 8])
        else
            if due ~= '=' then redis.call('ZADD', due_key, due, ARGV[at + 8]) end
            if ttl > longest then longest = ttl end
        end
        results[i - 1] = 1
    end
end
-- The sorted set lives as long as the longest-lived state that it points to, and a margin (3600000 ms).
if longest > 0 and redis.call('PTTL', due_key) < longest + 3600000 then
    redis.call('PEXPIRE', due_key, longest + 3600000)
end
return results
