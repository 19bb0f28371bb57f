// The failing disk of disk_faults.c, from the test's side.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { ROOT } from '../lib/paths.mjs';

const WORDS = ['write_errno', 'sync_errno', 'sync_delay_ms', 'write_passes', 'refused', 'syncs'];
const SIZE = WORDS.length * 4;

export class Disk {
    #fd;

    /** file: where the control page is to be. */
    constructor(file) {
        this.file = file;
        this.#fd = openSync(file, 'w+');
        writeSync(this.#fd, Buffer.alloc(SIZE), 0, SIZE, 0);
    }

    /** What the server's environment needs. */
    get environment() {
        return {
            LD_PRELOAD: path.join(ROOT, 'build/release/disk_faults.so'),
            DISK_FAULTS: this.file,
        };
    }

    /** Sets the faults; names of WORDS. What is not named works. */
    set({ writes = null, syncs = null, syncDelayMs = 0, after = 0 } = {}) {
        const page = Buffer.alloc(16);
        page.writeUInt32LE(writes ? constants.errno[writes] : 0, 0);
        page.writeUInt32LE(syncs ? constants.errno[syncs] : 0, 4);
        page.writeUInt32LE(syncDelayMs, 8);
        page.writeUInt32LE(after, 12);
        writeSync(this.#fd, page, 0, 16, 0);
    }

    repair() {
        this.set();
    }

    #read(word) {
        const bytes = Buffer.alloc(4);
        readSync(this.#fd, bytes, 0, 4, WORDS.indexOf(word) * 4);
        return bytes.readUInt32LE(0);
    }

    /** How many calls were made to fail. */
    get refused() {
        return this.#read('refused');
    }

    /** How many syncs of the database's files there were. */
    get syncs() {
        return this.#read('syncs');
    }

    close() {
        closeSync(this.#fd);
    }
}
