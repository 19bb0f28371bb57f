// The names of failed tests, for the summary at the end of run.sh: a line each in $MYPOS_FAILURES, where that is set.
import { appendFileSync } from 'node:fs';

export function noteFailure(name) {
    if (process.env.MYPOS_FAILURES) {
        appendFileSync(process.env.MYPOS_FAILURES, `${name.replace(/\s+/g, ' ')}\n`);
    }
}
