-- Sales of five lines, each a new one: `wrk -s sale.lua URL -- PRODUCTS REGISTERS TOKEN`.
-- PRODUCTS has "id price" a line, REGISTERS an id a line.
package.path = (os.getenv("BENCH_FOLDER") or ".") .. "/?.lua;" .. package.path
require("report")
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds, nanoseconds; } moment; int clock_gettime(int clock, moment *now);")
local now = ffi.new("moment")

local products, prices, registers, headers = {}, {}, {}, {}
local count = 0
local run = ""

function init(arguments)
    for line in io.lines(arguments[1]) do
        local id, price = line:match("(%S+) (%d+)")
        table.insert(products, '{"product_id":"' .. id .. '","quantity":"1"}')
        table.insert(prices, tonumber(price))
    end
    for id in io.lines(arguments[2]) do
        table.insert(registers, id)
    end
    headers = { ["Authorization"] = "Bearer " .. arguments[3], ["Content-Type"] = "application/json" }
    -- What tells this run and thread from the others.
    math.randomseed(os.time() * 16 + number)
    run = string.format("%03x-%06x", math.random(0, 4095), math.random(0, 0xffffff))
end

-- A UUID of version 7, as tills make them: ids that were made one after the other sort so.
local function new_id()
    ffi.C.clock_gettime(0, now)
    local ms = tonumber(now.seconds) * 1000 + math.floor(tonumber(now.nanoseconds) / 1e6)
    count = count + 1
    return string.format("%08x-%04x-7%03x-8%s%06x", math.floor(ms / 65536), ms % 65536, count % 4096, run, count)
end

function request()
    local lines, total = {}, 0
    for i = 1, 5 do
        local at = math.random(#products)
        lines[i] = products[at]
        total = total + prices[at]
    end
    local body = string.format(
        '{"id":"%s","type":"sale","register_id":"%s","lines":[%s],"tenders":[{"type":"cash","amount":%d}],'
            .. '"expected_total":%d}',
        new_id(), registers[count % #registers + 1], table.concat(lines, ","), total + 100, total)
    return wrk.format("POST", "/api/v1/transactions", headers, body)
end
