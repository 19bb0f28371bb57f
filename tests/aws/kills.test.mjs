// kill -9 before and after every call of DynamoDB that an act makes. The same request goes to another instance:
// then the act is there once and whole, and every invariant of the ledger holds.
//
// AWS_KILLS kills at most (16), from AWS_KILLS_SEED on, so that runs begin at other acts; 0: all of them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { actsOf } from '../faults/acts.mjs';
import { isOfTheAct } from './calls.mjs';
import { uuid7 } from '../lib/client.mjs';
import { Aws } from '../lib/aws.mjs';
import { FaultProxy } from '../lib/fault-proxy.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

const KILLS = Number(process.env.AWS_KILLS || 16) || Infinity;
const SEED = Number(process.env.AWS_KILLS_SEED || Date.now() % 1_000_000);
const CALLS_MAX = 40; // of an act
const TAKEN_OVER_WITHIN_MS = 60_000;
const PRICE = 250;
const MANY = 200; // products of a sale that does not fit into one transaction

const world = { newRegister: () => world.shop.newRegister() };
const proxies = [];
const instances = [];
let clients; // of the instances
let many;
before(async () => {
    const shop = `kills ${process.pid}`;
    const mail = { MYPOS_SMTP_URL: 'smtp://127.0.0.1:1', MYPOS_SMTP_FROM: 'shop@example.org', MYPOS_SMTP_RETRY_SECONDS: '600' };
    for (let i = 0; i < 2; i += 1) {
        proxies.push(await FaultProxy.start((await Aws.shared()).environment.AWS_ENDPOINT_URL_DYNAMODB));
        instances.push(await startServer({ backend: 'aws', shop, env: { ...mail, AWS_ENDPOINT_URL_DYNAMODB: proxies[i].url } }));
    }
    const admin = (await instances[0].admin()).follows();
    const { key } = (await admin.api_keys_create({ body: { name: 'till', scopes: ['admin'] }, expect: 201 })).body;
    clients = () => instances.map(({ url }) => admin.as(key).at(url));
    meet(0);
    world.shop = await Shop.open(world.api);
    world.tea = await world.shop.product({ price: PRICE });
    await world.shop.stock([[world.tea, '1000000']]);
    const body = { register_id: world.shop.register.id, opening_float: { total: 10_000 } };
    world.shift = (await world.api.shifts_open({ body, expect: 201 })).body;
    many = await world.shop.products(MANY, PRICE);
});
after(async () => {
    for (const instance of instances) {
        await instance.stop();
    }
    await Promise.all(proxies.map((proxy) => proxy.stop()));
});

/** All requests go to this instance from here on. */
function meet(i) {
    world.api = clients()[i];
    if (world.shop) {
        world.shop.api = world.api;
    }
}

const largeSale = {
    name: 'large_sale', operation: 'transactions_create', byId: true, status: 201,
    async prepare() {
        const body = world.shop.saleBody([world.tea, ...many], (MANY + 1) * PRICE, { id: uuid7() });
        return {
            options: { body },
            async probe() {
                const levels = await world.api.all('stock_list', { store_id: world.shop.store.id, limit: 200 });
                const sold = many.map(({ id }) => levels.find((row) => row.product_id === id)?.level ?? '0');
                return { levels: [...new Set(sold)].join(), tea: await world.shop.level(world.tea) };
            },
        };
    },
    change: ({ levels, tea }) => ({ levels: String(Number(levels) - 1), tea: String(Number(tea) - 1) }),
};

/** Kills instance 0 at its nth call of an act. Answers whether it came to that. */
function killAt(nth, when) {
    let seen = 0;
    let died = false;
    proxies[0].fault = async (call) => {
        if (died) {
            return { cut: 'before' };
        }
        if (!isOfTheAct(call) || (seen += 1) < nth) {
            return null;
        }
        died = true;
        if (when === 'before') {
            await instances[0].kill();
        }
        return { cut: when, done: () => instances[0].kill() };
    };
    return () => died;
}

/** Another instance answers the same request; it may have to wait until what the dead one began is given up. */
async function askSurely(operation, request) {
    const until = Date.now() + TAKEN_OVER_WITHIN_MS;
    for (;;) {
        const answer = await world.api[operation](request);
        if (answer.status !== 503 || Date.now() > until) {
            return answer;
        }
        await sleep(200);
    }
}

/** One kill; false when the act does not make so many calls. */
async function round(act, nth, when, number) {
    meet(0);
    const { options, probe } = await act.prepare();
    const request = { ...options };
    if (!act.repeats && (number % 2 === 0 || !act.byId)) {
        request.headers = { 'Idempotency-Key': unique('kill') };
    }
    const seen = await probe();
    const died = killAt(nth, when);
    const answered = await world.api[act.operation](request).catch(() => null);
    proxies[0].fault = () => null;
    if (!died()) {
        assert.equal(answered?.status, act.status, answered?.text);
        assert.deepEqual(await probe(), act.change(seen));
        return false;
    }
    meet(1);
    const first = await askSurely(act.operation, request);
    assert.equal(first.status, act.status, first.text);
    if (!act.repeats) {
        const again = await askSurely(act.operation, request);
        assert.equal(again.headers.get('idempotent-replayed'), 'true', again.text);
        if (!act.unsteady) {
            assert.deepEqual(again.body, first.body);
        }
    }
    assert.deepEqual(await probe(), act.change(seen), 'it happened once');
    await instances[0].start();
    return true;
}

test('kills_at_every_call_of_every_act_leave_it_once_and_whole', { timeout: 3_600_000 }, async (t) => {
    const acts = [...actsOf(world), largeSale];
    let kills = 0;
    for (let i = 0; i < acts.length && kills < KILLS; i += 1) {
        const act = acts[(SEED + i) % acts.length];
        for (let nth = 1, more = true; more && nth <= CALLS_MAX && kills < KILLS; nth += 1) {
            for (const when of ['before', 'after']) {
                try {
                    more = await round(act, nth, when, kills);
                } catch (error) {
                    error.message = `${act.name}, killed ${when} call ${nth} (AWS_KILLS_SEED=${SEED}): ${error.message}`;
                    throw error;
                }
                if (!more) {
                    break;
                }
                kills += 1;
            }
        }
    }
    const { code, stdout, stderr } = await instances[1].verify();
    assert.equal(code, 0, `${stdout}${stderr}`);
    t.diagnostic(`${kills} kills`);
});
