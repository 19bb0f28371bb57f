// node tests/lib/count-ctest.mjs LOG: reads what `ctest -V` wrote, prints each program's counts and, as its
// last line, "passed failed skipped" of the single tests.
//
// cmocka ends each group with "[  PASSED  ] N test(s)."; a program that crashed or ran out of time ends no
// group, and counts as one failure. A program without cmocka counts as one test.
import { readFileSync } from 'node:fs';
import { noteFailure } from './failures.mjs';

const log = readFileSync(process.argv[2], 'utf8');
const programs = new Map();
for (const line of log.split('\n')) {
    const output = /^(\d+): (.*)$/.exec(line);
    if (output) {
        const program = programs.get(output[1]) ?? { lines: [], ended: '' };
        program.lines.push(output[2]);
        programs.set(output[1], program);
        continue;
    }
    const ended = /^\s*\d+\/\d+ Test\s+#(\d+): (\S+) \.*\s*(.*?)\s+([\d.]+) sec/.exec(line);
    if (ended) {
        const program = programs.get(ended[1]) ?? { lines: [] };
        programs.set(ended[1], { ...program, name: ended[2], ended: ended[3], seconds: ended[4] });
    }
}

const total = { passed: 0, failed: 0, skipped: 0 };
const sum = (lines, pattern) => lines.reduce((all, line) => all + Number(pattern.exec(line)?.[1] ?? 0), 0);
for (const { lines, name, ended, seconds } of programs.values()) {
    const one = {
        passed: sum(lines, /^\[  PASSED  \] (?:[^:]*: )?(\d+) test\(s\)/),
        failed: sum(lines, /^\[  FAILED  \] (?:[^:]*: )?(\d+) test\(s\)/),
        skipped: sum(lines, /^\[  SKIPPED \] (?:[^:]*: )?(\d+) test\(s\)/),
    };
    const good = /Passed/.test(ended ?? '');
    if (!good && one.failed === 0) {
        one.failed = 1;
    }
    if (good && one.passed + one.skipped === 0) {
        one.passed = 1;
    }
    for (const kind of Object.keys(total)) {
        total[kind] += one[kind];
    }
    const words = `${one.passed} passed${one.failed ? `, ${one.failed} failed` : ''}`;
    console.log(`  ${good ? 'ok     ' : 'FAILED '} ${name ?? '?'}: ${words} (${seconds ?? '?'} s)`);
    if (!good) {
        const tests = lines.map((line) => /^\[  FAILED  \] ([A-Za-z_]\w*)$/.exec(line)?.[1]).filter(Boolean);
        noteFailure(`${name ?? '?'}: ${[...new Set(tests)].join(', ') || ended}`);
        console.log(lines.slice(-80).map((line) => `        ${line}`).join('\n'));
    }
}
if (programs.size === 0 && !/No tests were found/.test(log)) {
    console.log(log.split('\n').slice(-20).map((line) => `        ${line}`).join('\n'));
    process.exit(1);
}
console.log(`${total.passed} ${total.failed} ${total.skipped}`);
