-- What every script prints at its end, for bench.mjs: one line of JSON.
local threads = {}

function setup(thread)
    thread:set("number", #threads + 1)
    table.insert(threads, thread)
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        'RESULT {"requests":%d,"seconds":%f,"bad":%d,"p50_us":%d,"p99_us":%d,"max_us":%d}',
        summary.requests, summary.duration / 1e6,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency.max))
end
