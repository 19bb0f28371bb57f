// Gift cards: issued, found by their code, loaded, frozen; never spent twice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';
import { unique } from '../lib/shop.mjs';
import { soonPast, until } from '../lib/wait.mjs';

let server, api;
before(async () => {
    server = await startServer();
    api = await server.admin();
});
after(() => server?.stop());

const at = (card) => ({ gift_card_id: card.id ?? card });
const issue = async (body = {}) => (await api.gift_cards_create({ body: { amount: 5000, currency: 'EUR', ...body }, expect: 201 })).body;
const read = async (card) => (await api.gift_cards_read({ path: at(card), expect: 200 })).body;
const load = (card, amount, options = {}) => api.gift_cards_load({
    path: at(card), body: { amount, ...options.body }, expect: 201, ...options.request,
});
const freeze = (card, options = {}) => api.gift_cards_freeze({ path: at(card), body: { reason: 'Lost' }, expect: 200, ...options });
const unfreeze = (card, options = {}) => api.gift_cards_unfreeze({ path: at(card), body: { reason: 'Found' }, expect: 200, ...options });
const byCode = async (code) => (await api.gift_cards_list({ query: { code }, expect: 200 })).body.data;

describe('gift_cards_create', () => {
    test('makes a code that nobody guesses or mistakes', async () => {
        const cards = [];
        for (let i = 0; i < 40; i += 1) {
            cards.push(await issue());
        }
        for (const card of cards) {
            assert.match(card.code, /^[2-9A-HJKMNP-TV-Z]{16}$/);
            assert.equal(card.last_four, card.code.slice(-4));
            assert.deepEqual([card.state, card.balance, card.currency, card.version], ['active', 5000, 'EUR', 1]);
        }
        assert.equal(new Set(cards.map((card) => card.code)).size, cards.length);
    });

    test('takes the code of a printed card, however it is typed, once', async () => {
        const code = `gc-${process.pid}-${Date.now().toString(36)}`;
        const card = await issue({ code, note: 'Raffle' });
        assert.equal(card.code, code.toUpperCase().replaceAll('-', ''));
        assert.equal(card.note, 'Raffle');
        for (const typed of [code, code.toUpperCase(), code.replaceAll('-', ' ')]) {
            assert.deepEqual((await byCode(typed)).map((one) => one.id), [card.id]);
        }
        const { body } = await api.gift_cards_create({
            body: { amount: 1, currency: 'EUR', code: code.replaceAll('-', '') }, expect: 409, code: 'code_taken',
        });
        assert.equal(body.errors[0].pointer, '/code');
        assert.ok(!body.detail.includes(card.code), 'a refusal does not give the code away');
    });

    test('refuses what is none, all faults at once', async () => {
        const { body } = await api.gift_cards_create({
            body: { amount: 0, currency: 'XXX', code: 'short', expires_at: 'tomorrow' }, expect: 422,
        });
        assert.deepEqual(body.errors.map((error) => error.pointer).sort(), ['/amount', '/code', '/currency', '/expires_at']);
        for (const code of ['--------', '1234 567', 'ÄÖÜÄÖÜÄÖ', '1'.repeat(33)]) {
            await api.gift_cards_create({ body: { amount: 1, currency: 'EUR', code }, expect: 422 });
        }
        await api.gift_cards_create({ body: { amount: 1, currency: 'EUR', code: '4242 4242 4242 4242' }, expect: 422 });
        const past = await api.gift_cards_create({
            body: { amount: 1, currency: 'EUR', expires_at: '2020-01-01T00:00:00Z' }, expect: 422,
        });
        assert.equal(past.body.errors[0].pointer, '/expires_at');
        await api.gift_cards_create({ body: { amount: 100_000_001, currency: 'EUR' }, expect: 422 });
    });

    test('with a key or an id it happens once; a replay has the code again', async () => {
        const headers = { 'Idempotency-Key': unique('key') };
        const body = { amount: 700, currency: 'EUR', id: uuid7() };
        const first = await api.gift_cards_create({ body, headers, expect: 201 });
        const again = await api.gift_cards_create({ body, headers, expect: 201 });
        assert.equal(again.headers.get('idempotent-replayed'), 'true');
        assert.deepEqual(again.body, first.body);
        assert.deepEqual((await api.gift_cards_create({ body, expect: 201 })).body, first.body);
        await api.gift_cards_create({ body: { ...body, amount: 701 }, expect: 409, code: 'id_taken' });
        assert.equal((await read(body.id)).balance, 700);
    });

    test('the same printed code at ten tills at once: one card', async () => {
        const code = `RACE${process.pid}${Date.now().toString(36)}`;
        const answers = await Promise.all(Array.from({ length: 10 }, () =>
            api.gift_cards_create({ body: { amount: 100, currency: 'EUR', code } })));
        assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
        assert.ok(answers.every((answer) => answer.status === 201 || answer.body.code === 'code_taken'));
    });
});

describe('gift_cards_list, gift_cards_read', () => {
    test('lists say the end of the code only', async () => {
        const card = await issue();
        const all = await api.all('gift_cards_list', { limit: 20 });
        const listed = all.find((one) => one.id === card.id);
        assert.equal(listed.last_four, card.code.slice(-4));
        assert.ok(all.every((one) => !('code' in one)));
        assert.equal((await read(card)).code, card.code);
        await api.gift_cards_read({ path: at(uuid7()), expect: 404, code: 'gift_card_not_found' });
    });

    test('filters by state; an unknown or impossible code finds nothing', async () => {
        const card = await issue();
        await freeze(card);
        const frozen = await api.all('gift_cards_list', { state: 'frozen' });
        assert.ok(frozen.some((one) => one.id === card.id) && frozen.every((one) => one.state === 'frozen'));
        assert.ok(!(await api.all('gift_cards_list', { state: 'active' })).some((one) => one.id === card.id));
        for (const code of ['ZZZZZZZZZZZZZZZZ', '!', 'x', card.id, `${card.code}X`]) {
            assert.deepEqual(await byCode(code), []);
        }
        const { body } = await api.gift_cards_list({ query: { code: card.code, state: 'active' }, expect: 200 });
        assert.deepEqual(body.data, []);
        await api.gift_cards_list({ query: { cursor: 'x' }, expect: 422 });
    });

    test('codes are not in the log', async () => {
        const card = await issue();
        await byCode(card.code);
        await freeze(card);
        await load(card, 100, { request: { expect: 409 } });
        assert.ok(!server.log().includes(card.code));
    });

    test('need their scopes', async () => {
        const { body } = await api.api_keys_create({ body: { name: unique('key'), scopes: ['gift_cards:read'] }, expect: 201 });
        const reader = server.client().as(body.key);
        const card = await issue();
        await reader.gift_cards_read({ path: at(card), expect: 200 });
        await reader.gift_cards_create({ body: { amount: 1, currency: 'EUR' }, expect: 403, code: 'forbidden' });
        await reader.gift_cards_load({ path: at(card), body: { amount: 1 }, expect: 403 });
        await reader.gift_cards_freeze({ path: at(card), body: { reason: 'x' }, expect: 403 });
    });
});

describe('gift_cards_load, gift_cards_freeze, gift_cards_unfreeze, gift_cards_entries_list', () => {
    test('a frozen card takes nothing until it is unfrozen; its history says all of it', async () => {
        const card = await issue();
        const loaded = await load(card, 250, { body: { reason: 'Goodwill' } });
        assert.deepEqual([loaded.body.type, loaded.body.amount, loaded.body.reason], ['load', 250, 'Goodwill']);
        const frozen = (await freeze(card)).body;
        assert.deepEqual([frozen.state, frozen.frozen_reason, frozen.balance], ['frozen', 'Lost', 5250]);
        assert.equal((await freeze(card)).headers.get('idempotent-replayed'), 'true');
        const { body } = await load(card, 1, { request: { expect: 409, code: 'gift_card_frozen' } });
        assert.match(body.detail, new RegExp(card.last_four));
        const active = (await unfreeze(card)).body;
        assert.equal(active.state, 'active');
        assert.ok(!('frozen_reason' in active));
        await load(card, 1);
        const entries = await api.gift_cards_entries_list({ path: at(card), expect: 200 });
        assert.deepEqual(entries.body.data.map((entry) => [entry.type, entry.amount, entry.reason]), [
            ['load', 1, undefined], ['unfreeze', 0, 'Found'], ['freeze', 0, 'Lost'], ['load', 250, 'Goodwill'], ['issue', 5000, undefined],
        ]);
        assert.ok(entries.body.data.every((entry) => entry.actor.kind === 'employee'));
        assert.equal(entries.body.data.reduce((sum, entry) => sum + entry.amount, 0), (await read(card)).balance);
        await api.gift_cards_entries_list({ path: at(uuid7()), expect: 404 });
        await load(uuid7(), 1, { request: { expect: 404, code: 'gift_card_not_found' } });
        await freeze(uuid7(), { expect: 404 });
        await unfreeze(uuid7(), { expect: 404 });
        await load(card, 0, { request: { expect: 422 } });
    });

    test('an expired card takes nothing and says so', async () => {
        const { card } = await soonPast(async (expires_at) => {
            const { status, body } = await api.gift_cards_create({ body: { amount: 5000, currency: 'EUR', expires_at } });
            return { card: body, loaded: status === 201 && (await load(body, 1, { request: { expect: undefined } })).status === 201 };
        }, ({ loaded }) => loaded);
        await until(() => read(card), ({ state }) => state === 'expired');
        await load(card, 1, { request: { expect: 409, code: 'gift_card_expired' } });
        assert.equal((await read(card)).balance, 5001);
    });

    test('50 loads at once add up, each once', async () => {
        const card = await issue();
        const ids = Array.from({ length: 25 }, () => uuid7());
        const answers = await Promise.all([...ids, ...ids].map((id) => load(card, 10, { body: { id } })));
        assert.equal(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true').length, 25);
        assert.equal((await read(card)).balance, 5250);
    });

    test('freezing while tills load: what was acknowledged is there', async () => {
        const card = await issue();
        const answers = await Promise.all([...Array.from({ length: 20 }, () => load(card, 10, { request: { expect: undefined } })),
            freeze(card)]);
        const loaded = answers.slice(0, 20).filter((answer) => answer.status === 201).length;
        assert.ok(answers.slice(0, 20).every((answer) => answer.status === 201 || answer.body.code === 'gift_card_frozen'));
        const now = await read(card);
        assert.deepEqual([now.state, now.balance], ['frozen', 5000 + 10 * loaded]);
    });
});
