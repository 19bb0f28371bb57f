// Waiting for what becomes true by itself, on a machine that may be slow.
//
//     const [line] = await until(() => server.logLines().filter(wanted), (lines) => lines.length > 0);
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

export const WITHIN_MS = 60_000; // what takes longer does not happen
const ASK_EVERY_MS = 50;

/** What `look` answers once `is` says so; fails when that does not happen in time. */
export async function until(look, is = Boolean, withinMs = WITHIN_MS) {
    for (const end = performance.now() + withinMs; ; await sleep(ASK_EVERY_MS)) {
        const found = await look();
        if (await is(found)) {
            return found;
        }
        if (performance.now() > end) {
            assert.fail(`still ${JSON.stringify(found)}`);
        }
    }
}
