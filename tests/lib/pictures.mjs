// Pictures for tests: files to upload, and what became of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { ROOT } from './paths.mjs';

const SIGNED_MAX_S = 3600;

/** A file of the fuzz target: jpeg, jpeg_oriented, webp_animated, avif, png_bomb … */
export const pictureFile = (name) => readFileSync(path.join(ROOT, 'tests/fuzz/corpus/image', name));

function chunk(type, data) {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length, 0);
    head.write(type, 4, 'latin1');
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(data, crc32(Buffer.from(type, 'latin1'))), 0);
    return Buffer.concat([head, data, crc]);
}

/** A PNG of this size and colour. */
export function png(width, height, [red, green, blue] = [200, 40, 40]) {
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([8, 2], 8);
    const row = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x += 1) {
        row.set([red, green, blue], 1 + x * 3);
    }
    const rows = Buffer.concat(Array(height).fill(row));
    return Buffer.concat([
        Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
    ]);
}

/** {width, height} of a WebP; fails for anything else. */
export function webpSize(bytes) {
    assert.equal(bytes.toString('latin1', 0, 4) + bytes.toString('latin1', 8, 12), 'RIFFWEBP');
    const kind = bytes.toString('latin1', 12, 16);
    if (kind === 'VP8X') {
        return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    }
    assert.equal(kind, 'VP8 ');
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
}

/** A picture as a browser gets it: {status, headers, bytes}; of a private bucket by its signed address, which ends soon. */
export async function fetchPicture(server, address) {
    const first = await fetch(new URL(address, server.url), { redirect: 'manual' });
    const location = first.headers.get('location');
    const answer = location ? await fetch(location) : first;
    if (location) {
        assert.ok(Number(new URL(location).searchParams.get('X-Amz-Expires')) <= SIGNED_MAX_S, location);
    }
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}
