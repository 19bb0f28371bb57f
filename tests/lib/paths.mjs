// Where things are. Tests run from anywhere.
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const DOCUMENT = path.join(ROOT, 'openapi/openapi.json');

/** The server of a build type: `asan`, `release`, `tsan`. */
export function binary(build = process.env.MYPOS_TEST_BUILD ?? 'asan') {
    return path.join(ROOT, 'build', build, 'mypos');
}
