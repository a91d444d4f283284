-- PURPOSE  Once the outcomes of due times are acknowledged, set when each state is due next: only where the state is
--          still the one that was fired, since a later write has set its own. Running it twice does no harm.
-- KEYS     1        due times of the bucket (sorted set)
--          2..n+1   states (hashes)
-- ARGV     three for each state, in order:
--          1 version that was fired ("0": the state is gone)   2 due: a watermark in ms, or "" for none
--          3 member of the sorted set
-- RETURNS  array of 1 (settled) or 0 (left to a later write), one for each state
local longest = 0
local results = {}
for i = 2, #KEYS do
    local at = (i - 2) * 3
    local held = redis.call('HGET', KEYS[i], 'v') or '0'
    if held ~= ARGV[at + 1] then
        results[i - 1] = 0
    else
        if ARGV[at + 2] == '' then
            redis.call('ZREM', KEYS[1], ARGV[at + 3])
        else
            redis.call('ZADD', KEYS[1], 'XX', ARGV[at + 2], ARGV[at + 3])
            local lives = redis.call('PTTL', KEYS[i])
            if lives > longest then longest = lives end
        end
        results[i - 1] = 1
    end
end
-- As compare_and_set does: what is due outlives the states that it is about, by a margin (3600000 ms).
if longest > 0 and redis.call('PTTL', KEYS[1]) < longest + 3600000 then
    redis.call('PEXPIRE', KEYS[1], longest + 3600000)
end
return results
