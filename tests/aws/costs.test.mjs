// What every act costs on DynamoDB: round trips, read and write units. The table in api/ledger/dynamodb/README.md
// says it; here it is counted between the server and the database, and compared.
//
// MYPOS_TEST_WRITE=1 writes the table instead.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { actsOf } from '../faults/acts.mjs';
import { isOfTheAct, isPolling } from './calls.mjs';
import { Aws } from '../lib/aws.mjs';
import { CapacityMeter } from '../lib/capacity.mjs';
import { ROOT } from '../lib/paths.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

const README = path.join(ROOT, 'api/ledger/dynamodb/README.md');
const TABLE = /(<!-- costs -->\n)([^]*?)(<!-- \/costs -->)/;
const PRICE = 250;
const QUIET_MS = 300;
const LINES = [1, 5, 50, 300];
// The first meets cold caches: registers and stores that are new, heads that nobody knows. Of the others the one
// with the fewest round trips counts, for what goes on beside an act only adds some: as many as it takes to count no
// more than the table says, but not for ever.
const ROUNDS_LEAST = 2;
const ROUNDS_MOST = 8;
// Records are packed, and ids and times pack differently: a unit more or less at an edge is no news. Nor is a round
// trip more of an act that makes many, which may have to look again.
const near = (counted, said) => Math.abs(counted - said) <= Math.max(1, said * 0.1);

let server;
let meter;
const world = { newRegister: () => world.shop.newRegister() };
before(async () => {
    meter = await CapacityMeter.start(await Aws.shared());
    // No mail server answers: what is to be sent waits in the outbox.
    const mail = { MYPOS_SMTP_URL: 'smtp://127.0.0.1:1', MYPOS_SMTP_FROM: 'shop@example.org', MYPOS_SMTP_RETRY_SECONDS: '600' };
    server = await startServer({ backend: 'aws', env: { AWS_ENDPOINT_URL_DYNAMODB: meter.url, ...mail } });
    world.api = await server.admin();
    world.shop = await Shop.open(world.api);
    world.tea = await world.shop.product({ price: PRICE });
    await world.shop.stock([[world.tea, '1000000']]);
    const body = { register_id: world.shop.register.id, opening_float: { total: 10_000 } };
    world.shift = (await world.api.shifts_open({ body, expect: 201 })).body;
});
after(async () => {
    await server?.stop();
    await meter?.stop();
});

/** Waits until what earlier requests have set off is over. */
async function settle() {
    do {
        meter.calls.splice(0);
        await sleep(QUIET_MS);
    } while (!meter.calls.every(isPolling));
}

const readTable = (page) => new Map(
    [...page.match(TABLE)[2].matchAll(/^\| ([^|]*?) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$/gm)]
        .map(([, name, trips, reads, writes]) => [name, { trips: Number(trips), reads: Number(reads), writes: Number(writes) }]),
);

/** What one request costs, once everything is warm. */
async function costOf(prepare, expected = { trips: 0 }) {
    let least = { trips: Infinity };
    for (let round = 0; round < ROUNDS_MOST && (round < ROUNDS_LEAST || least.trips > expected.trips); round += 1) {
        const ask = await prepare();
        await settle();
        meter.take();
        await ask();
        const counted = meter.take(isOfTheAct);
        least = round > 0 && counted.trips < least.trips ? counted : least;
    }
    return least;
}

async function countAll(said) {
    const rows = [];
    const products = await world.shop.products(Math.max(...LINES), PRICE);
    for (const lines of LINES) {
        const name = `sale of ${lines} line${lines === 1 ? '' : 's'}`;
        rows.push([name, await costOf(async () => {
            const body = world.shop.saleBody(products.slice(0, lines), lines * PRICE);
            return () => world.api.transactions_create({ body, expect: 201 });
        }, said.get(name))]);
    }
    for (const act of actsOf(world)) {
        rows.push([act.name, await costOf(async () => {
            const { options } = await act.prepare();
            return () => world.api[act.operation]({ ...options, expect: act.status });
        }, said.get(act.name))]);
    }
    return rows;
}

const written = (rows) => [
    '| act | round trips | read units | write units |', '|---|--:|--:|--:|',
    ...rows.map(([name, { trips, reads, writes }]) => `| ${name} | ${trips} | ${reads} | ${writes} |`), '',
].join('\n');

test('costs_of_every_act_are_those_of_the_table', { timeout: 600_000 }, async (t) => {
    const page = readFileSync(README, 'utf8');
    assert.match(page, TABLE);
    const said = readTable(page);
    const rows = await countAll(process.env.MYPOS_TEST_WRITE ? new Map() : said);
    t.diagnostic(`\n${written(rows)}`);
    if (process.env.MYPOS_TEST_WRITE) {
        writeFileSync(README, page.replace(TABLE, (_, begin, old, end) => begin + written(rows) + end));
        return;
    }
    const wrong = rows.filter(([name, cost]) => {
        const row = said.get(name);
        return !row || (row.trips > 3 ? !near(cost.trips, row.trips) : row.trips !== cost.trips) || !near(cost.reads, row.reads) || !near(cost.writes, row.writes);
    });
    assert.deepEqual(wrong.map(([name, cost]) => [name, cost, said.get(name)]), [], 'the table is not what is counted');
    assert.equal(said.size, rows.length, 'the table has other acts');
    const five = rows.find(([name]) => name === 'sale of 5 lines')[1];
    assert.equal(five.trips, 1, 'a sale of five lines is one round trip');
});
