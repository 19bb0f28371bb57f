// mypos verify over DynamoDB: holds for a shop that sells, and names what somebody changed in its tables.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Aws } from '../lib/aws.mjs';
import { unpack } from '../lib/scan.mjs';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

const CHAIN = 'journals are unbroken chains of hashes, numbered without gaps';
const SUMS = 'records add up: lines, discounts, taxes, rounding, total';
const PAYMENT = 'what was tendered less change is the total';
const FILED = 'records are filed under what they say';
const MOVEMENTS = 'every movement of stock continues the one before';
const GOODS = 'stock moved by records is what they sold and took back';

let aws;
let server;
let items; // of the tables, by what they are (api/ledger/dynamodb/layout.h)
before(async () => {
    aws = await Aws.shared();
    server = await startServer({ backend: 'aws', verify: false });
    const shop = await Shop.open(await server.admin());
    const tea = await shop.product({ name: 'Tea', price: 250 });
    const rolls = await shop.product({ name: 'Rolls', price: 65 });
    await shop.stock([[tea, '100'], [rolls, '40.5']]);
    // With the first stock five movements a product: from six on they may be folded into a page meanwhile.
    for (let i = 1; i <= 4; i += 1) {
        await shop.sell([[tea, String(i)], [rolls, '3']], 250 * i + 195);
    }
});
after(() => server?.stop());

const kindOf = ({ item }) => item.pk.S.split('#')[0];
const number = (item, name, by) => ({ ...item, [name]: { N: String(Number(item[name].N) + by) } });
const record = (item, change) => {
    const text = String(unpack(Buffer.from(item.rec.B, 'base64')));
    assert.notEqual(change(text), text);
    return { ...item, rec: { B: Buffer.concat([Buffer.of(0), Buffer.from(change(text))]).toString('base64') } };
};

/** What mypos verify found broken. */
async function broken() {
    const { code, stdout, stderr } = await server.verify();
    const rows = [...stdout.matchAll(/^(\S.*?) +(\d+) +(\d+)$/gm)].filter(([, , , count]) => Number(count) > 0);
    const found = rows.map(([, name]) => name).sort();
    assert.equal(code, found.length > 0 ? 1 : 0, stdout + stderr);
    return found;
}

test('verify_every_invariant_holds_beside_a_running_server', async () => {
    assert.deepEqual(await broken(), []);
});

describe('verify_finds_what_somebody_changed', () => {
    before(async () => {
        await server.end();
        items = { T: [], J: [], S: [] };
        for await (const entry of server.items()) {
            items[kindOf(entry)]?.push(entry);
        }
        assert.ok(Object.values(items).every((list) => list.length > 0));
    });

    const cases = [
        ['an_amount_of_a_record', 'T', (item) => record(item, (text) => text.replace('"subtotal":', '"subtotal":1')), [CHAIN, SUMS]],
        ['the_change_of_a_record', 'T', (item) => record(item, (text) => text.replace('"change":', '"change":1')), [CHAIN, PAYMENT]],
        ['the_total_that_lists_go_by', 'T', (item) => number(item, 'to', 1), [FILED]],
        ['a_record_that_is_gone', 'T', () => null, [CHAIN, GOODS]],
        ['a_row_of_a_journal_that_is_gone', 'J', () => null, [CHAIN]],
        ['a_movement_that_is_gone', 'S', (item) => ({ ...item, rc: { L: item.rc.L.slice(0, -1) } }), [MOVEMENTS, GOODS]],
        ['a_stock_level', 'S', (item) => number(item, 'lv', 100_000), [MOVEMENTS]],
    ];
    for (const [name, kind, change, expected] of cases) {
        test(`verify_finds_${name}`, async () => {
            const { table, item } = items[kind][1];
            const changed = change(item);
            const { pk, sk } = item;
            await (changed
                ? aws.client.dynamodb('PutItem', { TableName: table, Item: changed })
                : aws.client.dynamodb('DeleteItem', { TableName: table, Key: { pk, sk } }));
            const found = await broken();
            await aws.client.dynamodb('PutItem', { TableName: table, Item: item });
            assert.ok(expected.every((invariant) => found.includes(invariant)), found.join('; '));
        });
    }
});
