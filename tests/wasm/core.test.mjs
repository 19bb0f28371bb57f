// The core in the browser and in the server: the same carts, the same quotes, byte for byte.
//
//   node --test core.test.mjs          CARTS_NATIVE: the native program; CARTS_COUNT: how many carts
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nextCart, Random } from './carts.mjs';
import { price } from './model.mjs';
import { recorder } from './record.mjs';

const STRIDE = 10_000;
const MODEL_COUNT = 10_000;
const count = Number(process.env.CARTS_COUNT ?? 1_000_000);
const seed = Number(process.env.MYPOS_TEST_SEED ?? Date.now() % 2 ** 31);
const wasm = readFileSync(new URL('../../web-ui/lib/core.wasm', import.meta.url));
const { instance: { exports: core } } = await WebAssembly.instantiate(wasm);

/** The lines that the native program prints. */
function nativeHashes() {
    const native = spawn(process.env.CARTS_NATIVE, [seed, count, STRIDE], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    native.stdout.on('data', (chunk) => { text += chunk; });
    return new Promise((resolve, reject) => {
        native.on('error', reject);
        native.on('close', (code) => (code === 0 ? resolve(text.trim().split('\n')) : reject(new Error(`exit ${code}`))));
    });
}

function wasmHashes() {
    const random = new Random(seed);
    const memory = new Uint8Array(core.memory.buffer);
    const output = core.till_output();
    const hashes = [];
    let hash = 2166136261;
    for (let i = 1; i <= count; i += 1) {
        const end = output + nextCart(random, core, memory);
        for (let at = output; at < end; at += 1) {
            hash = Math.imul(hash ^ memory[at], 16777619);
        }
        if (i % STRIDE === 0) {
            hashes.push((hash >>> 0).toString(16).padStart(8, '0'));
        }
    }
    return hashes;
}

test(`${count} random carts cost the same in the server and in the browser`, async () => {
    console.log(`MYPOS_TEST_SEED=${seed}`);
    const native = nativeHashes();
    const own = wasmHashes();
    assert.equal(own.length, Math.floor(count / STRIDE));
    assert.deepEqual(own, await native);
});

/** What the quote says of its lines, in the shape of the model's. */
function linesOf(quote) {
    return quote.lines.map((line) => ({
        gross: line.gross,
        total: line.total,
        exempted: line.tax_exemption?.amount ?? 0,
        shares: (line.discounts ?? []).map(({ source, amount }) => ({ source, amount })),
        taxes: line.taxes.map(({ base, amount }) => ({ base, amount })),
    }));
}

function linesOfModel(lines) {
    return lines.map((line) => ({
        gross: Number(line.gross),
        total: Number(line.total),
        exempted: Number(line.exempted),
        shares: line.shares.map(({ source, amount }) => ({ source, amount: Number(amount) })),
        taxes: line.taxes.filter(({ isFixed }) => isFixed || !line.isExempt)
            .map(({ base, amount }) => ({ base: Number(base), amount: Number(amount) })),
    }));
}

function checkTotals(quote) {
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    assert.equal(quote.subtotal, sum(quote.lines.map((line) => line.gross)));
    assert.equal(quote.discount_total, sum(quote.lines.map((line) => line.discount)));
    assert.equal(quote.tax_total, sum(quote.lines.flatMap((line) => line.taxes.map((tax) => tax.amount))));
    assert.equal(quote.tax_included, sum(quote.lines.map((line) => (line.tax_exemption?.amount ?? 0)
        + sum(line.taxes.filter((tax) => tax.inclusive).map((tax) => tax.amount)))));
    assert.equal(quote.total, sum(quote.lines.map((line) => line.total)));
    assert.equal(quote.total, quote.subtotal - quote.discount_total + quote.tax_total - quote.tax_included + quote.rounding);
    for (const line of quote.lines) {
        assert.equal(line.discount, sum((line.discounts ?? []).map((discount) => discount.amount)));
        assert.ok(line.gross >= line.discount && line.total >= 0);
    }
}

test('random carts cost what exact fractions say', () => {
    const decoder = new TextDecoder();
    const memory = new Uint8Array(core.memory.buffer);
    const random = new Random(seed);
    const recording = recorder(core);
    let priced = 0;
    for (let i = 0; i < MODEL_COUNT; i += 1) {
        const length = nextCart(random, recording, memory);
        const quote = JSON.parse(decoder.decode(memory.subarray(core.till_output(), core.till_output() + length)));
        if (quote.code === undefined) {
            checkTotals(quote);
            assert.deepEqual(linesOf(quote), linesOfModel(price(recording.cart)), `cart ${i} of seed ${seed}`);
            priced += 1;
        }
    }
    assert.ok(priced > MODEL_COUNT / 2);
});
