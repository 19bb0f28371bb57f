// Looks for texts in everything that a server has stored: the files of its data directory and, on AWS, the items
// of its tables, unpacked.
//
//     assert.deepEqual(await scan(server, ['Anna']), []);      // where each was found
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { inflateRawSync, inflateSync } from 'node:zlib';

const OVERLAP = 256; // longer than any text

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

/** What an item says, in UTF-8; what is deflated, inflated too. */
function* bytesOf(value) {
    if (typeof value === 'string') {
        yield Buffer.from(value);
    } else if (value?.B !== undefined) {
        const bytes = Buffer.from(value.B, 'base64');
        yield bytes;
        for (const [inflate, from] of [[inflateSync, 0], [inflateSync, 1], [inflateRawSync, 0], [inflateRawSync, 1]]) {
            try {
                yield inflate(bytes.subarray(from));
            } catch { /* it is not packed so */ }
        }
    } else if (value !== null && typeof value === 'object') {
        for (const [name, member] of Object.entries(value)) {
            yield Buffer.from(name);
            yield* bytesOf(member);
        }
    }
}
