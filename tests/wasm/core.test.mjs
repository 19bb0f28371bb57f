// The core in the browser and in the server: the same carts, the same quotes, byte for byte.
//
//   node --test core.test.mjs          CARTS_NATIVE: the native program; CARTS_COUNT: how many carts
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nextCart, Random } from './carts.mjs';

const STRIDE = 10_000;
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
