// mypos verify: holds for a shop that sells, and names what somebody changed behind the ledger's back: in SQLite's
// tables. tests/aws/verify.test.mjs does it in DynamoDB's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import path from 'node:path';
import { startServer } from '../lib/server.mjs';
import { Shop } from '../lib/shop.mjs';

let server;
let shop;
before(async () => {
    server = await startServer({ backend: 'sqlite', verify: false });
    shop = await Shop.open(await server.admin());
    const vat20 = await shop.tax('20', true);
    const tea = await shop.product({ name: 'Tea', price: 250, tax_ids: [vat20.id] });
    const rolls = await shop.product({ name: 'Rolls', price: 65 });
    await shop.stock([[tea, '100'], [rolls, '40.5']]);
    for (let i = 1; i <= 5; i += 1) {
        await shop.sell([[tea, String(i), [{ type: 'percent', value: '10' }]], [rolls, '3']], 225 * i + 195);
    }
});
after(() => server.stop());

const sql = (text) => execFileSync('sqlite3', [path.join(server.dataDir, 'mypos.db'), text]).toString();

/** The table as {invariant: {checked, broken}}. */
function tableOf(stdout) {
    const rows = stdout.matchAll(/^(\S.*?) +(\d+) +(\d+)$/gm);
    return Object.fromEntries([...rows].map(([, name, checked, broken]) => [name, { checked: Number(checked), broken: Number(broken) }]));
}

const CHAIN = 'journals are unbroken chains of hashes, numbered without gaps';
const SUMS = 'records add up: lines, discounts, taxes, rounding, total';
const PAYMENT = 'what was tendered less change is the total';
const FILED = 'records are filed under what they say';
const MOVEMENTS = 'every movement of stock continues the one before';
const LEVELS = 'stock levels are the sums of their movements';
const GOODS = 'stock moved by records is what they sold and took back';

test('every invariant holds beside a running server', async () => {
    const { code, stdout } = await server.verify();
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\nall hold\n/);
    const table = tableOf(stdout);
    assert.deepEqual(table[CHAIN], { checked: 5, broken: 0 });
    assert.deepEqual(table[SUMS], { checked: 5, broken: 0 });
    assert.deepEqual(table[MOVEMENTS], { checked: 12, broken: 0 });
    assert.deepEqual(table[LEVELS], { checked: 2, broken: 0 });
    assert.deepEqual(table[GOODS], { checked: 2, broken: 0 });
});

describe('what somebody changed is found', () => {
    before(() => server.end());

    const cases = [
        ['an amount of a record', "UPDATE transactions SET record = replace(record, '\"subtotal\":', '\"subtotal\":1') WHERE key = 2", [CHAIN, SUMS]],
        ['the change of a record', "UPDATE transactions SET record = replace(record, '\"change\":', '\"change\":1') WHERE key = 3", [CHAIN, PAYMENT]],
        ['the total that lists go by', 'UPDATE transactions SET total = total + 1 WHERE key = 1', [FILED]],
        ['a record that is gone', 'DELETE FROM transactions WHERE key = 4', [CHAIN, GOODS]],
        ['a stock level', 'UPDATE stock_levels SET level = level + 100000 WHERE product_key = 1', [LEVELS]],
        ['a movement of stock', 'UPDATE stock_movements SET quantity = quantity - 100000 WHERE key = 5', [MOVEMENTS, GOODS]],
        ['a movement that is gone', 'DELETE FROM stock_movements WHERE key = 6', [MOVEMENTS, GOODS]],
    ];
    for (const [name, change, broken] of cases) {
        test(name, async () => {
            sql('VACUUM INTO \'' + path.join(server.dataDir, 'kept.db') + '\'');
            sql(change);
            const { code, stdout } = await server.verify();
            sql(`.restore '${path.join(server.dataDir, 'kept.db')}'`);
            execFileSync('rm', [path.join(server.dataDir, 'kept.db')]);
            assert.equal(code, 1, stdout);
            const table = tableOf(stdout);
            assert.deepEqual(Object.keys(table).filter((row) => table[row].broken > 0).sort(), broken.sort(), stdout);
            assert.match(stdout, new RegExp(`\n${broken[0]}: \\S`));
        });
    }
});
