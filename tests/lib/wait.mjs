// Waiting for what becomes true by itself, on a machine that may be slow.
//
//     const [line] = await until(() => server.logLines().filter(wanted), (lines) => lines.length > 0);
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

export const WITHIN_MS = 60_000; // what takes longer does not happen
const ASK_EVERY_MS = 50;
const SOON_MS = 1500;

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

/** What `make` gives for a moment that is soon past, as `is` wants it: a later moment where a slow machine missed it. */
export async function soonPast(make, is) {
    for (let ms = SOON_MS; ; ms *= 2) {
        const made = await make(new Date(Date.now() + ms).toISOString());
        if (is(made)) {
            return made;
        }
        assert.ok(ms < WITHIN_MS, `still ${JSON.stringify(made)}`);
    }
}
