// A reporter for node:test: a line a test, failures in full, and the counts in $MYPOS_COUNTS
// ("passed failed skipped"), which run.sh adds up. A suite is not a test.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { noteFailure } from './failures.mjs';

function words(error) {
    const cause = error?.cause ?? error;
    const lines = String(cause?.stack ?? cause?.message ?? cause).split('\n');
    return lines.filter((line) => !/^ +at .*\(?node:internal/.test(line)).map((line) => `        ${line}`).join('\n');
}

export default async function* report(source) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const save = () => process.env.MYPOS_COUNTS && writeFileSync(process.env.MYPOS_COUNTS,
        `${counts.passed} ${counts.failed} ${counts.skipped}\n`);
    for await (const { type, data } of source) {
        if (type !== 'test:pass' && type !== 'test:fail') {
            if (type === 'test:stdout' || type === 'test:stderr') {
                yield data.message;
            } else if (type === 'test:diagnostic' && data.file !== undefined) {
                yield `          ${data.message}\n`;
            }
            continue;
        }
        if (data.skip === 'test name does not match pattern') {
            continue;
        }
        const isSuite = data.details?.type === 'suite';
        const isFile = data.nesting === 0 && /\.mjs$/.test(data.name);
        const duration = `${Math.round(data.details?.duration_ms ?? 0)} ms`;
        const name = `${path.basename(data.file ?? '', '.test.mjs')} › ${data.name}`;
        const onlyChildren = data.details?.error?.failureType === 'subtestsFailed';
        if (type === 'test:fail' && data.todo === undefined && !onlyChildren) {
            counts.failed += 1;
            noteFailure(name);
            yield `  FAILED  ${name} (${duration})\n${words(data.details?.error)}\n`;
        } else if (data.skip !== undefined && !isSuite) {
            counts.skipped += 1;
            yield `  skipped ${name}${typeof data.skip === 'string' ? `: ${data.skip}` : ''}\n`;
        } else if (type === 'test:pass' && !isSuite && !isFile) {
            counts.passed += 1;
            yield `  ok      ${name} (${duration})\n`;
        }
        save();
    }
    save();
}
