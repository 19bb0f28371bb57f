// The contract: finds the operation of a request and checks answers against openapi/openapi.json.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { DOCUMENT } from './paths.mjs';

export const document = JSON.parse(readFileSync(DOCUMENT, 'utf8'));

const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
addFormats(ajv);
// The document's own formats (openapi/README.md).
ajv.addFormat('decimal', /^-?\d+(\.\d+)?$/);
ajv.addFormat('currency', /^[A-Z]{3}$/);
ajv.addFormat('colour', /^#[0-9A-Fa-f]{6}$/);
ajv.addFormat('iana-time-zone', (name) => {
    try {
        return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
    } catch {
        return false;
    }
});
ajv.addSchema(document, 'openapi');
const validators = new Map();

const escapePointer = (text) => text.replaceAll('~', '~0').replaceAll('/', '~1');

/** Follows `$ref`s of the document; answers [the object, its JSON Pointer]. */
function resolve(object, pointer) {
    while (object?.$ref) {
        pointer = object.$ref.slice(1);
        object = pointer.split('/').slice(1).reduce(
            (inner, name) => inner[decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')], document);
    }
    return [object, pointer];
}

/** Faults of a value against the schema at a pointer; an empty text when there is none. */
function faults(pointer, value) {
    if (!validators.has(pointer)) {
        validators.set(pointer, ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` }));
    }
    const validate = validators.get(pointer);
    return validate(value) ? '' : ajv.errorsText(validate.errors, { dataVar: 'body', separator: '\n  ' });
}

/** Every operation: {id, method, template, parts, definition, pointer}. */
export const operations = Object.entries(document.paths).flatMap(([template, item]) =>
    ['get', 'post', 'put', 'patch', 'delete'].filter((method) => item[method]).map((method) => ({
        id: item[method].operationId,
        method: method.toUpperCase(),
        template,
        parts: template.split('/'),
        definition: item[method],
        pointer: `/paths/${escapePointer(template)}/${method}`,
    })));

export const operationOf = new Map(operations.map((operation) => [operation.id, operation]));

function matches(operation, parts) {
    return operation.parts.length === parts.length
        && operation.parts.every((part, i) => (part.startsWith('{') ? parts[i] !== '' : part === parts[i]));
}

/** The operation of a request, or undefined; HEAD is the GET of its path. */
export function findOperation(method, pathname) {
    const parts = pathname.split('/');
    const wanted = method === 'HEAD' ? 'GET' : method;
    const found = operations.filter((operation) => operation.method === wanted && matches(operation, parts));
    return found.find((operation) => !operation.template.includes('{')) ?? found[0];
}

// ---- coverage: which operations and statuses this process has seen -------------------------------------

const seen = {};
if (process.env.MYPOS_COVERAGE_DIR) {
    process.on('exit', () => {
        mkdirSync(process.env.MYPOS_COVERAGE_DIR, { recursive: true });
        writeFileSync(path.join(process.env.MYPOS_COVERAGE_DIR, `${process.pid}.json`), JSON.stringify(seen));
    });
}

// ---- the check of one answer ---------------------------------------------------------------------------

function checkHeaders(definition, headers, where) {
    for (const [name, reference] of Object.entries(definition.headers ?? {})) {
        const [header, pointer] = resolve(reference, '');
        const value = headers.get(name);
        if (value === null || value === undefined) {
            assert.ok(!header.required, `${where}: the header ${name} is missing`);
        } else if (pointer) {
            const [schema] = resolve(header.schema, '');
            const typed = ['integer', 'number'].includes(schema.type) ? Number(value) : value;
            assert.equal(faults(`${pointer}/schema`, typed), '', `${where}: header ${name}: ${value}`);
        }
    }
}

function checkProblem(answer, body, where) {
    assert.equal(faults('/components/schemas/Problem', body), '', `${where}: not a Problem: ${answer.text}`);
    assert.equal(body.status, answer.status, `${where}: the problem names another status`);
    assert.equal(body.request_id, answer.headers.get('x-request-id'), `${where}: request_id`);
}

function checkBody(answer, definition, pointer, where) {
    const type = (answer.headers.get('content-type') ?? '').split(';')[0].trim();
    const content = definition.content?.[type];
    if (!definition.content) {
        assert.equal(answer.text, '', `${where}: a body where the document has none`);
        return;
    }
    assert.ok(content, `${where}: the document has no ${type || 'empty content type'}`);
    if (!/[/+]json$/.test(type)) {
        return;
    }
    const body = JSON.parse(answer.text);
    const at = `${pointer}/content/${escapePointer(type)}/schema`;
    assert.equal(faults(at, body), '', `${where}: the body is not as documented: ${answer.text.slice(0, 2000)}`);
    if (type === 'application/problem+json') {
        checkProblem(answer, body, where);
    }
}

/**
 * Checks an answer {status, headers: Headers, text} to a request. Throws what is wrong. Static files and
 * unknown paths have no operation: an error must be a Problem all the same.
 */
export function checkAnswer(method, pathname, answer) {
    const where = `${method} ${pathname} → ${answer.status}`;
    assert.ok(answer.headers.get('x-request-id'), `${where}: no X-Request-Id`);
    if (method === 'OPTIONS') {
        return;
    }
    const operation = findOperation(method, pathname);
    if (operation) {
        ((seen[operation.id] ??= {})[answer.status] ??= 0);
        seen[operation.id][answer.status] += 1;
    }
    if (!operation || (answer.malformed && !operation.definition.responses[answer.status])) {
        if (answer.status >= 400 && method !== 'HEAD') {
            checkProblem(answer, JSON.parse(answer.text), where);
        }
        return;
    }
    const reference = operation.definition.responses[answer.status];
    assert.ok(reference, `${where}: ${operation.id} does not document this status: ${answer.text.slice(0, 500)}`);
    const [definition, pointer] = resolve(reference, `${operation.pointer}/responses/${answer.status}`);
    checkHeaders(definition, answer.headers, where);
    if (method === 'HEAD') {
        assert.equal(answer.text, '', `${where}: HEAD has no body`);
    } else {
        checkBody(answer, definition, pointer, where);
    }
}

/** Checks what a webhook was sent: an event as the document's `webhooks` have it. */
export function checkEvent(event) {
    assert.ok(document.webhooks[event.type], `the document has no webhook ${event.type}`);
    const [, pointer] = resolve(document.webhooks[event.type], `/webhooks/${escapePointer(event.type)}`);
    const at = `${pointer}/post/requestBody/content/application~1json/schema`;
    assert.equal(faults(at, event), '', `${event.type} is not as documented: ${JSON.stringify(event).slice(0, 2000)}`);
}
