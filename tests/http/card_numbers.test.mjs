// No card number is taken anywhere, answered, logged or kept.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { uuid7 } from '../lib/client.mjs';
import { scan } from '../lib/scan.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop, unique } from '../lib/shop.mjs';

const CARD = '4242424242424242';
const SPELLINGS = [CARD, '4242 4242 4242 4242', '4242-4242-4242-4242', `card ${CARD} 12/28`, `PAN${CARD}`, '378282246310005'];

let server, api, shop, tea;
before(async () => {
    server = await startServer();
    api = await server.admin();
    shop = await Shop.open(api);
    tea = await shop.product({ price: 250 });
});
after(() => server?.stop());

/** Sends a sale whose body was changed; it must be refused for the card number at these pointers. */
async function refused(change, pointers, key = unique('key')) {
    const body = shop.saleBody([tea], 250);
    change(body);
    const answer = await api.transactions_create({
        body, headers: { 'Idempotency-Key': key }, expect: 422, code: 'validation_failed',
    });
    assert.deepEqual(answer.body.errors.map(({ pointer }) => pointer), pointers);
    assert.ok(answer.body.errors.every(({ code }) => code === 'card_number_refused'));
    assert.ok(!/\d{8}/.test(answer.text.replaceAll(/[0-9a-f-]{36}/g, '')), answer.text);
    return answer;
}

describe('a card number is refused', () => {
    test('in any text, as it is typed', async () => {
        for (const spelling of SPELLINGS) {
            await refused((body) => {
                body.lines[0].discounts = [{ type: 'percent', value: '10', reason: spelling }];
            }, ['/lines/0/discounts/0/reason']);
        }
    });

    test('as a number, as a member, in what the document does not know; all at once', async () => {
        await refused((body) => {
            body.tenders[0].amount = Number(CARD);
            body.tenders[0].type = CARD;
            body.extra = [{ deep: [CARD] }];
            body[CARD] = true;
        }, ['/tenders/0/type', '/tenders/0/amount', '/extra/0/deep/0', '']);
    });

    test('in a quote', async () => {
        const { body } = await api.quotes_create({
            body: { register_id: CARD, lines: [] }, expect: 422, code: 'validation_failed',
        });
        assert.deepEqual(body.errors.map(({ code }) => code), ['card_number_refused']);
    });

    test('in a parked cart, a movement of cash, a refund and a void', async () => {
        const [id, key] = [uuid7(), 'x'.repeat(8)];
        const operations = [
            ['parked_carts_create', {}, { register_id: shop.register.id, label: CARD, cart: { lines: [] } }],
            ['shift_movements_create', { shift_id: id }, { type: 'pay_in', amount: 1, reason: CARD }],
            ['shifts_close', { shift_id: id }, { counted: { total: 0 }, note: CARD }],
            ['refunds_create', { transaction_id: id }, { reason: CARD }],
            ['transactions_void', { transaction_id: id }, { reason: CARD }],
        ];
        for (const [operation, path, body] of operations) {
            const { body: problem } = await api[operation]({
                path, body, headers: { 'Idempotency-Key': unique(key) }, expect: 422, code: 'validation_failed',
            });
            assert.deepEqual(problem.errors.map(({ code }) => code), ['card_number_refused'], operation);
        }
    });

    test('in what is no JSON', async () => {
        for (const body of [`{"note": ${CARD} "x"}`, `{"note" "${CARD}"}`, `{"${CARD}`]) {
            const { text } = await api.transactions_create({ body, type: 'application/json', expect: 400, code: 'malformed_json' });
            assert.ok(!text.includes('4242'), text);
        }
    });
});

test('ids, hashes, amounts, times and short numbers are no card numbers', async () => {
    const id = '42424242-4242-7242-8242-424242424242';
    const previous = { sequence: 0, hash: '0'.repeat(64) };
    const register = await shop.newRegister();
    await shop.sell([[tea, '1', [{ type: 'percent', value: '0', reason: 'Order 42424242 of 2026-11-22' }]]], 250,
        { id, register, previous });
});

test('the number is not logged, and not kept with the key or anywhere else', async () => {
    const key = unique('key');
    await refused((body) => { body.note = CARD; }, ['/note'], key);
    await api.transactions_create({
        body: shop.saleBody([tea], 250, { id: uuid7() }), headers: { 'Idempotency-Key': key }, expect: 201,
    });
    assert.ok(!server.log().includes('4242 4242') && !server.log().includes(CARD));
    assert.deepEqual(await scan(server, [CARD, '4242 4242']), []);
});
