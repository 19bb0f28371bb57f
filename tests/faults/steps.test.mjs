// kill -9 at every named step of every act (api/base/fault_point.h). After each restart the same request is sent
// again: then the act is there once and whole, and every invariant of the ledger holds.
//
// STEP_ROUNDS rounds (60); from STEP_SEED on, so that runs begin at other steps.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { actsOf } from './acts.mjs';
import { ROOT } from '../lib/paths.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

const ROUNDS = Number(process.env.STEP_ROUNDS || 60);
const SEED = Number(process.env.STEP_SEED || Date.now() % 1_000_000);
const VERIFY_EVERY = ROUNDS > 200 ? 10 : 1; // it walks the whole journal
const SCOPES = ['admin'];

/** The steps, as the server names them; those after the commit find the act done. */
const HEADER = readFileSync(path.join(ROOT, 'api/base/fault_point.h'), 'utf8');
const UNDONE = [...HEADER.matchAll(/^ {4}X\((\w+)\)/gm)].map(([, step]) => step).concat('before_commit');
const DONE = ['after_commit', 'before_answer'];
const STEPS = [...UNDONE, ...DONE];

const world = {
    newRegister: () => world.shop.newRegister(),
};
let server;
let key;
before(async () => {
    // No mail server: what is to be sent waits in the outbox.
    const env = { MYPOS_SMTP_URL: 'smtp://127.0.0.1:1', MYPOS_SMTP_FROM: 'shop@example.org', MYPOS_SMTP_RETRY_SECONDS: '600' };
    server = await startServer({ build: process.env.MYPOS_STEPS_BUILD ?? 'faultpoints', env });
    world.api = await server.admin();
    key = (await world.api.api_keys_create({ body: { name: 'till', scopes: SCOPES }, expect: 201 })).body.key;
    await meet();
    world.shop = await Shop.open(world.api);
    world.tea = await world.shop.product({ price: 250 });
    await world.shop.stock([[world.tea, '1000000']]);
    const body = { register_id: world.shop.register.id, opening_float: { total: 10_000 } };
    world.shift = (await world.api.shifts_open({ body, expect: 201 })).body;
});
after(() => server?.stop());

/** A key lives across restarts: no login, no Argon2id in each round. */
async function meet() {
    world.api = server.client().as(key);
    if (world.shop) {
        world.shop.api = world.api;
    }
}

const pointOf = ({ act, step }) => `${step === 'before_answer' ? act.operation : act.name}/${step}`;

/** Pairs of an act and a step: every pair once before one comes twice, and never an act after itself. */
function* pairs(acts) {
    for (let i = SEED; ; i += 1) {
        const at = i % acts.length, lap = Math.floor(i / acts.length);
        yield { act: acts[at], step: STEPS[(lap + at) % STEPS.length] };
    }
}

async function verify() {
    const { code, stdout, stderr } = await server.verify();
    assert.equal(code, 0, `${stdout}${stderr}`);
}

async function start(pair) {
    await server.start(pair ? { MYPOS_FAULT_POINT: pointOf(pair) } : {});
    await meet();
}

/** One round, on a server that dies at the step of `pair`; it leaves one that dies at that of `next`. */
async function round(number, { act, step }, next) {
    const { options, probe } = await act.prepare();
    const request = { ...options };
    if (!act.repeats && (number % 2 === 0 || !act.byId)) {
        request.headers = { 'Idempotency-Key': unique('step') };
    }
    const seen = await probe();
    await assert.rejects(world.api[act.operation](request), 'nobody died');
    assert.equal((await server.exited()).signal, 'SIGKILL');

    await start(next);
    if (number % VERIFY_EVERY === 0) {
        await verify();
    }
    const first = await world.api[act.operation]({ ...request, expect: act.status });
    const replayed = (answer) => answer.headers.get('idempotent-replayed') === 'true';
    if (!act.repeats) {
        assert.equal(replayed(first), Boolean(act.follows) || DONE.includes(step), 'what was committed is not done again');
        const again = await world.api[act.operation]({ ...request, expect: act.status });
        assert.ok(replayed(again), 'the third time is a replay');
        if (!act.unsteady) {
            assert.deepEqual(again.body, first.body);
        }
    }
    assert.deepEqual(await probe(), act.change(seen), 'it happened once');
}

test(`${ROUNDS} rounds of kill -9 at named steps: every act once and whole`, { timeout: 3_600_000 }, async (t) => {
    const acts = actsOf(world);
    const order = pairs(acts);
    const since = performance.now();
    let pair = order.next().value;
    await server.end();
    await start(pair);
    for (let i = 0; i < ROUNDS; i += 1) {
        const next = i + 1 < ROUNDS ? order.next().value : null;
        try {
            await round(i, pair, next);
        } catch (error) {
            error.message = `round ${i + 1} at ${pointOf(pair)} (STEP_SEED=${SEED}): ${error.message}\n${server.log().slice(-3000)}`;
            throw error;
        }
        pair = next;
    }
    await verify();
    t.diagnostic(`${ROUNDS} rounds over ${acts.length} acts and ${STEPS.length} steps in `
        + `${((performance.now() - since) / 1000).toFixed(1)} s`);
});
