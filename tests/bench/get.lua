-- GETs of the targets in a file, one a line, in turn: `wrk -s get.lua URL -- FILE TOKEN`.
package.path = (os.getenv("BENCH_FOLDER") or ".") .. "/?.lua;" .. package.path
require("report")

local requests, at = {}, 0

function init(arguments)
    local headers = { ["Authorization"] = "Bearer " .. (arguments[2] or "none") }
    for target in io.lines(arguments[1]) do
        table.insert(requests, wrk.format("GET", target, headers))
    end
    at = (number * 7919) % #requests
end

function request()
    at = at % #requests + 1
    return requests[at]
end
