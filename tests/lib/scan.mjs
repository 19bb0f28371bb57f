// Looks for texts in everything that a server has stored: the files of its data directory and, on AWS, the items
// of its tables, unpacked.
//
//     assert.deepEqual(await scan(server, ['Anna']), []);      // where each was found
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { inflateSync } from 'node:zlib';

const OVERLAP = 256; // longer than any text
const LENGTH_MAX = 5; // bytes of the length before what is deflated

export async function scan(server, texts) {
    const found = [];
    for (const name of await readdir(server.dataDir, { recursive: true })) {
        found.push(...await scanFile(path.join(server.dataDir, name), texts, name));
    }
    for await (const { table, item } of server.items()) {
        const bytes = Buffer.concat([...bytesOf(item)]);
        found.push(...texts.filter((text) => bytes.includes(text)).map((text) => `${text} in ${table} ${item.pk.S} ${item.sk.S}`));
    }
    return [...new Set(found)];
}

async function scanFile(file, texts, name) {
    const found = [];
    let tail = Buffer.alloc(0);
    try {
        for await (const chunk of createReadStream(file)) {
            const bytes = Buffer.concat([tail, chunk]);
            found.push(...texts.filter((text) => bytes.includes(text)).map((text) => `${text} in ${name}`));
            tail = bytes.subarray(-OVERLAP);
        }
    } catch (error) {
        if (error.code !== 'EISDIR') {
            throw error;
        }
    }
    return found;
}

/** What a packed attribute says (api/ledger/dynamodb/packed.h); null: it is not packed. */
export function unpack(bytes) {
    for (let from = 1; from <= 1 + LENGTH_MAX; from += 1) {
        try {
            return inflateSync(bytes.subarray(from));
        } catch { /* the length before it is longer, or it is not deflated */ }
    }
    return bytes[0] === 0 ? bytes.subarray(1) : null;
}

/** What an item says, in UTF-8; what is deflated, inflated too. */
function* bytesOf(value) {
    if (typeof value === 'string') {
        yield Buffer.from(value);
    } else if (value?.B !== undefined) {
        const bytes = Buffer.from(value.B, 'base64');
        yield bytes;
        yield unpack(bytes) ?? Buffer.alloc(0);
    } else if (value !== null && typeof value === 'object') {
        for (const [name, member] of Object.entries(value)) {
            yield Buffer.from(name);
            yield* bytesOf(member);
        }
    }
}
