// Where things are. Tests run from anywhere.
import { fileURLToPath } from 'node:url';
import path from 'node:path';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const DOCUMENT = path.join(ROOT, 'openapi/openapi.json');

/** The server of a build type: `asan`, `release`, `tsan`. */
export function binary(build = process.env.MYPOS_TEST_BUILD ?? 'asan') {
    return path.join(ROOT, 'build', build, 'mypos');
}

/** Whether a module is the program that node was asked to run: isMain(import.meta). */
export const isMain = (meta) => process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(meta.url);
