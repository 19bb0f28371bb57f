-- Sales of five lines, each a new one: `wrk -s sale.lua URL -- PRODUCTS REGISTERS TOKEN`.
-- PRODUCTS has "id price" a line, REGISTERS an id a line.
package.path = (os.getenv("BENCH_FOLDER") or ".") .. "/?.lua;" .. package.path
require("report")

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
    -- A UUID of version 7: the second, then what tells this run and thread from the others.
    math.randomseed(os.time() * 16 + number)
    run = string.format("%08x-%04x-7%01x%02x", math.floor(os.time() / 65.536), math.random(0, 65535), number % 16,
        math.random(0, 255))
end

function request()
    count = count + 1
    local lines, total = {}, 0
    for i = 1, 5 do
        local at = math.random(#products)
        lines[i] = products[at]
        total = total + prices[at]
    end
    local body = string.format(
        '{"id":"%s-8%03x-%012x","type":"sale","register_id":"%s","lines":[%s],"tenders":[{"type":"cash","amount":%d}],'
            .. '"expected_total":%d}',
        run, math.random(0, 4095), count, registers[count % #registers + 1], table.concat(lines, ","), total + 100, total)
    return wrk.format("POST", "/api/v1/transactions", headers, body)
end
