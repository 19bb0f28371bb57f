// The web-ui's parts that need no browser: amounts, quantities, notes, scanner, identifiers, texts.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { cashSuggestions } from '../../web-ui/lib/cash.js';
import * as decimal from '../../web-ui/lib/decimal.js';
import { html } from '../../web-ui/lib/html.js';
import { currencyDecimals, formatMoney, minorToDecimal, parseMoney } from '../../web-ui/lib/money.js';
import { BurstDetector } from '../../web-ui/lib/scanner.js';
import { roundCash, settle } from '../../web-ui/lib/settlement.js';
import { uuidv7 } from '../../web-ui/lib/uuid.js';
import { ROOT } from '../lib/paths.mjs';

const WEB_UI = path.join(ROOT, 'web-ui');

test('decimal_reads_what_people_type_and_stays_exact', () => {
    const read = { '0,125': '0.125', '.5': '0.5', ' 01.50 ': '1.5', '12': '12', '0.00001': '0.00001' };
    for (const [text, value] of Object.entries(read)) assert.equal(decimal.parse(text), value);
    for (const text of ['', '.', '1.2.3', '-1', '1e3', '0.000001', 'abc', '1 000']) {
        assert.equal(decimal.parse(text), null, text);
    }
    assert.equal(decimal.add('0.1', '0.2'), '0.3');
    assert.equal(decimal.add('1', '-1'), '0');
    assert.ok(decimal.compare('0.10', '0.1') === 0 && decimal.compare('2', '10') < 0);
});

test('money_is_written_from_integers_in_every_currency', () => {
    assert.equal(minorToDecimal(5, 2), '0.05');
    assert.equal(minorToDecimal(-1205, 2), '-12.05');
    assert.equal(minorToDecimal(700, 0), '700');
    assert.equal(minorToDecimal(9007199254740991, 2), '90071992547409.91');
    assert.equal(currencyDecimals('JPY'), 0);
    assert.equal(currencyDecimals('KWD'), 3);
    assert.equal(formatMoney(1250, 'EUR'), '€12.50');
    assert.equal(formatMoney(1250, 'JPY'), '¥1,250');
    assert.equal(parseMoney('12,5', 'EUR'), 1250);
    assert.equal(parseMoney('.05', 'EUR'), 5);
    for (const text of ['1.234', 'x', '', '-1', '1,2,3']) assert.equal(parseMoney(text, 'EUR'), null, text);
    assert.equal(parseMoney('1.5', 'JPY'), null);
});

test('suggested_notes_are_what_a_customer_would_hand_over', () => {
    assert.deepEqual(cashSuggestions(1230, 'EUR'), [1300, 1400, 1500, 2000]);
    assert.deepEqual(cashSuggestions(461, 'EUR'), [500, 1000, 2000, 5000]);
    assert.deepEqual(cashSuggestions(4510, 'EUR'), [4600, 5000, 10000, 20000]);
    assert.deepEqual(cashSuggestions(0, 'EUR'), []);
    for (const currency of ['EUR', 'USD', 'GBP', 'JPY', 'XXX']) {
        for (let due = 1; due < 30_000; due += 37) {
            const amounts = cashSuggestions(due, currency);
            assert.ok(amounts.length <= 4);
            assert.deepEqual(amounts, [...new Set(amounts)].filter((amount) => amount > due).toSorted((a, b) => a - b));
        }
    }
});

test('tenders_leave_what_the_server_finds_due', () => {
    const tender = (type, amount) => ({ type, amount });
    assert.deepEqual(settle(910, []), { rest: 910, cashRest: 910, rounding: 0, excess: 0 });
    // Only the cash part is rounded: 1.38, of it 0.55 by card.
    assert.deepEqual(settle(138, [tender('card', 55)], 10), { rest: 83, cashRest: 80, rounding: -3, excess: 0 });
    assert.deepEqual(settle(763, [tender('cash', 500)], 5), { rest: 263, cashRest: 265, rounding: 2, excess: 0 });
    assert.deepEqual(settle(763, [tender('cash', 500), tender('card', 263)], 5), { rest: 0, cashRest: 0, rounding: 0, excess: 0 });
    assert.deepEqual(settle(200, [tender('card', 250)]), { rest: 0, cashRest: 0, rounding: 0, excess: 50 });
    assert.deepEqual([2, 3, 25, 0].map((amount) => roundCash(amount, 5)), [0, 5, 25, 0]);
    assert.equal(roundCash(7, 0), 7);
});

test('scanner_is_told_from_a_person_by_its_pace', () => {
    const type = (text, gap_ms, end_ms = gap_ms) => {
        const detector = new BurstDetector();
        let at = 1000;
        for (const key of text) detector.character(key, at += gap_ms);
        return detector.end(at + end_ms);
    };
    assert.equal(type('4006381333931', 4), '4006381333931');
    assert.equal(type('101', 20), '101');
    assert.equal(type('4006381333931', 30), '4006381333931');
    assert.equal(type('croissant', 60), null);
    assert.equal(type('12', 4), null);
    assert.equal(type('4006381333931', 4, 400), null);

    // A person's letters before the burst do not belong to the code.
    const detector = new BurstDetector();
    detector.character('h', 0);
    detector.character('o', 120);
    let at = 1000;
    for (const key of '96385074') detector.character(key, at += 3);
    assert.equal(detector.end(at + 3), '96385074');
    assert.equal(detector.end(at + 6), null);
});

test('uuid_is_version_7_and_sorts_by_time', () => {
    const earlier = uuidv7(1_700_000_000_000);
    assert.match(earlier, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(Number.parseInt(earlier.replaceAll('-', '').slice(0, 12), 16), 1_700_000_000_000);
    assert.ok(earlier < uuidv7(1_700_000_000_001));
    assert.notEqual(uuidv7(1), uuidv7(1));
});

test('templates_escape_text_and_attributes', () => {
    const evil = `<img src=x onerror="alert('1')">&`;
    assert.equal(String(html`<b title="${evil}">${evil}</b>`),
        '<b title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">'
        + '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</b>');
    assert.equal(String(html`<i>${[html`<b>${1}</b>`, null, false, 0]}</i>`), '<i><b>1</b>0</i>');
    assert.equal(String(html`<a aria-pressed="${false}" ?disabled="${true}" ?hidden="${false}">x</a>`),
        '<a aria-pressed="false" disabled="">x</a>');
});

async function sources(folder) {
    const names = await readdir(path.join(WEB_UI, folder), { recursive: true });
    const files = names.filter((name) => name.endsWith('.js') && !/vendor|docs/.test(name));
    return Promise.all(files.map((name) => readFile(path.join(WEB_UI, folder, name), 'utf8')));
}

test('every_language_has_the_same_messages_and_every_used_message_exists', async () => {
    const read = async (name) => JSON.parse(await readFile(path.join(WEB_UI, 'i18n', `${name}.json`), 'utf8'));
    const [english, german] = [await read('en'), await read('de')];
    assert.deepEqual(Object.keys(german), Object.keys(english));
    const holes = (message) => [...new Set(JSON.stringify(message).match(/\{\w+\}/g))].toSorted();
    for (const [key, message] of Object.entries(english)) {
        assert.deepEqual(holes(german[key]), holes(message), key);
    }
    const all = (await Promise.all(['views', 'components', 'stores'].map(sources))).flat().join('\n');
    const used = [...all.matchAll(/\bt\("([\w.]+)"/g)].map((match) => match[1]);
    assert.ok(used.length > 100);
    assert.deepEqual(used.filter((key) => !(key in english)), []);
    const unused = Object.keys(english).filter((key) => !all.includes(key)
        && !/^(?:(?:fault|picture\.fault|theme|place|discount|tender|refund|void)\.|sales\.type_)/.test(key));
    assert.deepEqual(unused, []);
});

test('api_methods_carry_the_names_of_the_contract', async () => {
    const document = JSON.parse(await readFile(path.join(WEB_UI, '../openapi/openapi.json'), 'utf8'));
    const known = new Set(Object.values(document.paths).flatMap((item) => Object.values(item))
        .map((operation) => operation?.operationId));
    const methods = (await sources('api')).join('\n').matchAll(/export async function ([a-z]+(?:_[a-z]+)+)/g);
    const strangers = [...methods].map((match) => match[1]).filter((name) => !known.has(name));
    assert.deepEqual(strangers, []);
});
