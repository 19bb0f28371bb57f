// node tests/lib/coverage.mjs DIRECTORY: fails when an operation of the document was answered in no test.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { operations } from './document.mjs';

const total = new Map();
const directory = process.argv[2];
for (const name of readdirSync(directory)) {
    const seen = JSON.parse(readFileSync(path.join(directory, name), 'utf8'));
    for (const [id, statuses] of Object.entries(seen)) {
        const counts = total.get(id) ?? {};
        for (const [status, count] of Object.entries(statuses)) {
            counts[status] = (counts[status] ?? 0) + count;
        }
        total.set(id, counts);
    }
}

const succeeded = (counts) => counts && Object.keys(counts).some((status) => status < 400);
const missing = operations.filter((operation) => !succeeded(total.get(operation.id)));
let answers = 0;
for (const operation of operations) {
    const counts = total.get(operation.id) ?? {};
    answers += Object.values(counts).reduce((sum, count) => sum + count, 0);
    const words = Object.entries(counts).map(([status, count]) => `${status}×${count}`).join(' ');
    console.log(`  ${operation.id.padEnd(24)} ${words || 'never answered'}`);
}
console.log(`  ${operations.length - missing.length} of ${operations.length} operations succeeded in a test, `
    + `${answers} answers checked against the document`);
for (const operation of missing) {
    console.error(`  no test succeeded with ${operation.id} (${operation.method} ${operation.template})`);
}
process.exit(missing.length === 0 ? 0 : 1);
