// The rules of the contract that a general linter does not know. Reads the bundle; prints what is wrong.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const document = JSON.parse(read('openapi/openapi.json'));

const faults = [];
const rule = (holds, where, words) => holds || faults.push(`${where}: ${words}`);

function resolve(value) {
    while (value?.$ref) {
        value = value.$ref.slice(2).split('/').reduce(
            (inner, name) => inner?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], document);
    }
    return value;
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, ...operation })));

// ---- schemas: the subset that the server's validator knows ---------------------------------------------

const ASSERTIONS = ['$ref', 'type', 'enum', 'const', 'properties', 'required', 'additionalProperties', 'items', 'minItems',
    'maxItems', 'uniqueItems', 'minLength', 'maxLength', 'pattern', 'format', 'minimum', 'maximum', 'minProperties',
    'maxProperties', 'x-mypos-multiline'];
const ANNOTATIONS = ['title', 'description', 'examples', 'default', 'readOnly', 'writeOnly', 'deprecated'];
const KEYWORDS = new Set([...ASSERTIONS, ...ANNOTATIONS]);
const FORMATS = new Set(['uuid', 'date', 'date-time', 'decimal', 'currency', 'iana-time-zone', 'colour']);

function checkSchema(schema, where, isRequest) {
    for (const keyword of Object.keys(schema)) {
        rule(KEYWORDS.has(keyword), where, `the keyword ${keyword} is not in the subset`);
    }
    if (schema.$ref) {
        rule(resolve(schema) !== undefined, where, `${schema.$ref} leads nowhere`);
        if (isRequest) {
            checkSchema(resolve(schema), schema.$ref, true);
        }
        return;
    }
    rule(schema.format === undefined || FORMATS.has(schema.format), where, `the format ${schema.format} is not asserted`);
    if (schema.pattern !== undefined) {
        rule(/^\^.*\$$/s.test(schema.pattern), where, 'a pattern is anchored at both ends');
        rule(!/\\[a-zA-Z0-9]|\(\?|[*+?}]\?|\[[^\]]*\\/.test(schema.pattern), where, 'a pattern is a POSIX ERE, too');
    }
    rule(!isRequest || schema.properties === undefined || schema.additionalProperties === false, where,
        'an object of a request is closed');
    for (const name of schema.required ?? []) {
        rule(schema.properties?.[name] !== undefined, where, `${name} is required, but not described`);
    }
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
        rule(/^[a-z][a-z0-9_]*$/.test(name), where, `${name} is not snake_case`);
        checkSchema(property, `${where}.${name}`, isRequest);
    }
    if (schema.items) {
        checkSchema(schema.items, `${where}[]`, isRequest);
    }
}

for (const [name, schema] of Object.entries(document.components.schemas)) {
    checkSchema(schema, name, false);
}

// ---- operations: what every method takes and answers ---------------------------------------------------

const TILL = /^\/api\/v1\/(quotes|transactions|exchanges|parked-carts|shifts)(\/.*)?(?<!\/receipt-emails)$/;

// The errors that the edge can answer, and the headers that every answer has.
const ALWAYS = ['400', '408', '413', '414', '422', '429', '431', '500', '503'];

for (const { method, operationId: id, ...operation } of operations) {
    rule(/^[a-z]+(_[a-z]+)+$/.test(id ?? ''), `${method} ${operation.path}`, 'has no operationId that is a C name');
    rule(ALWAYS.every((status) => operation.responses[status]), id, 'lists the errors that the edge can answer');
    for (const [status, response] of Object.entries(operation.responses).filter(([code]) => !code.startsWith('3'))) {
        rule(['X-Request-Id', 'traceparent'].every((name) => resolve(response).headers?.[name]), `${id} ${status}`,
            'answers X-Request-Id and traceparent');
    }
    const parameters = operation.parameters.map(resolve);
    const takes = (name) => parameters.some((each) => each.in === 'header' && each.name === name);
    const success = Object.entries(operation.responses).filter(([status]) => status < '300').map(([, each]) => resolve(each));
    const answers = (name) => success.every((each) => each.headers?.[name]);
    rule(takes('X-Request-Id') && takes('traceparent'), id, 'takes X-Request-Id and traceparent');
    rule(method !== 'post' || takes('Idempotency-Key'), id, 'a POST takes an Idempotency-Key');
    rule(method !== 'post' || answers('Idempotent-Replayed'), id, 'a POST answers Idempotent-Replayed');
    rule(method !== 'patch' || (takes('If-Match') && operation.responses['412']), id, 'a PATCH takes If-Match');
    rule(takes('If-None-Match') === Boolean(operation.responses['304']), id, 'If-None-Match and 304 go together');
    rule(!operation.responses['304'] || answers('ETag'), id, 'what can be 304 has an ETag');
    rule(!operation.responses['201'] || answers('Location'), id, '201 has a Location');
    rule(Boolean(operation.security.length) === Boolean(operation.responses['401']) || id === 'auth_login', id,
        'who must authenticate can get 401');
    rule(Boolean(operation.requestBody) === Boolean(operation.responses['415']), id, 'who takes a body can answer 415');
    rule(method !== 'post' || !operation.requestBody || !TILL.test(operation.path) || operation['x-mypos-refuses-card-numbers'],
        id, 'what a till sends is searched for card numbers');
    rule(operation.path.includes('{') === Boolean(operation.responses['404']) || id === 'product_lookups_find', id,
        'who takes an id can answer 404');
    for (const parameter of parameters) {
        checkSchema(parameter.schema, `${id} ${parameter.name}`, true);
    }
    for (const [type, media] of Object.entries(operation.requestBody?.content ?? {})) {
        if (type.endsWith('json')) {
            checkSchema(media.schema, `${id} body`, true);
        }
    }
}

// ---- problems: the schema, the table of the description, and the server have the same codes -------------

const STATUSES = new Map([...read('api/base/status.h').matchAll(/^ {4}X\(\w+, (\d+), "(\w+)",\s+"(.*)"\)/gm)]
    .map(([, status, code, title]) => [code, { status: Number(status), title }]).filter(([, { status }]) => status >= 400));
const CODES = document.components.schemas.ProblemCode.enum;
const ROWS = new Map([...document.info.description.matchAll(/^\| <a id="problem-(\w+)"><\/a>`(\w+)` \| (\d+) \|/gm)]
    .map(([, anchor, code, status]) => [code, { anchor, status: Number(status) }]));

for (const code of new Set([...STATUSES.keys(), ...CODES, ...ROWS.keys()])) {
    rule(STATUSES.has(code), code, 'api/base/status.h does not have this code');
    rule(CODES.includes(code), code, 'the schema ProblemCode does not have this code');
    rule(ROWS.get(code)?.anchor === code, code, 'the description has no row with the anchor of this code');
    rule(ROWS.get(code)?.status === STATUSES.get(code)?.status, code, 'the description names another status');
}

// ---- examples: valid, and true -------------------------------------------------------------------------

const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
addFormats(ajv);
ajv.addFormat('decimal', /^-?[0-9]{1,18}([.][0-9]{1,9})?$/);
ajv.addFormat('currency', (code) => Intl.supportedValuesOf('currency').includes(code));
ajv.addFormat('colour', /^#[0-9A-Fa-f]{6}$/);
ajv.addFormat('iana-time-zone', (name) => Intl.supportedValuesOf('timeZone').includes(name));
ajv.addSchema(document, 'openapi');

function checkExample(pointer, value, where) {
    const validate = ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` });
    rule(validate(value), where, ajv.errorsText(validate.errors, { dataVar: 'example' }));
    checkTruth(value, where);
}

const escape = (text) => text.replaceAll('~', '~0').replaceAll('/', '~1');

/* The media types at a pointer, with the examples of each. */
function checkContent(content, pointer, where, status) {
    for (const [type, media] of Object.entries(content ?? {})) {
        const examples = Object.entries(media.examples ?? {});
        rule(examples.length > 0 || !type.endsWith('json') || where.startsWith('document_read'), where, `${type} has no example`);
        for (const [name, reference] of examples) {
            const { value } = resolve(reference);
            checkExample(`${pointer}/content/${escape(type)}/schema`, value, `${where} ${name}`);
            if (type === 'application/problem+json') {
                const known = STATUSES.get(name);
                rule(value.code === name && value.type === `/docs#problem-${name}`, `${where} ${name}`, 'has another code');
                rule(value.status === known?.status, `${where} ${name}`, 'has another status');
                rule(!status || Number(status) === value.status, `${where} ${name}`, `is listed under ${status}`);
                rule(value.title === known?.title, `${where} ${name}`, `has another title: ${known?.title}`);
            }
        }
    }
}

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const sum = (list, of) => list.reduce((total, each) => total + of(each), 0);
const canonical = (value) => JSON.stringify(value, (_, inner) => (inner && typeof inner === 'object' && !Array.isArray(inner)
    ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner));

/* Ids, check digits, sums and hashes, wherever they are in an example. */
function checkTruth(value, where) {
    if (value === null || typeof value !== 'object') {
        return;
    }
    for (const [name, inner] of Object.entries(value)) {
        if (/(^|_)id$/.test(name) && typeof inner === 'string' && name !== 'request_id') {
            rule(UUID_7.test(inner), where, `${name} is not a UUID of version 7`);
        }
        if (name === 'barcodes') {
            inner.forEach((code) => rule(isGtin(code), where, `the check digit of ${code} is wrong`));
        }
        checkTruth(inner, where);
    }
    if (value.subtotal !== undefined) {
        checkTotals(value, where);
    }
    if (value.prev_hash !== undefined) {
        const { hash, ...record } = value;
        rule(createHash('sha256').update(canonical(record)).digest('hex') === hash, where, 'the hash is another one');
        rule(sum(value.tenders, (tender) => tender.amount) - value.change === value.total, where, 'tenders − change ≠ total');
        rule(value.receipt_number.endsWith(String(value.sequence).padStart(6, '0')), where, 'number and sequence differ');
    }
}

function checkTotals(cart, where) {
    const { lines } = cart;
    const taxes = lines.flatMap((line) => line.taxes);
    rule(cart.subtotal === sum(lines, (line) => line.gross), where, 'subtotal');
    rule(cart.discount_total === sum(lines, (line) => line.discount), where, 'discount_total');
    rule(cart.tax_total === sum(taxes, (tax) => tax.amount), where, 'tax_total');
    rule(cart.tax_included === sum(taxes.filter((tax) => tax.inclusive), (tax) => tax.amount), where, 'tax_included');
    rule(cart.total === cart.subtotal - cart.discount_total + cart.tax_total - cart.tax_included + cart.rounding, where, 'total');
    rule(cart.total === sum(lines, (line) => line.total) + cart.rounding, where, 'total of the lines');
    for (const line of lines) {
        rule(line.gross === Math.round(line.unit_price * Number(line.quantity)), where, `gross of line ${line.line}`);
        for (const tax of line.taxes) {
            rule(tax.amount === Math.round(tax.base * Number(tax.rate) / 100), where, `tax of line ${line.line}`);
        }
    }
}

function isGtin(code) {
    if (![8, 12, 13, 14].includes(code.length) || /[^0-9]/.test(code)) {
        return true;
    }
    const weighted = [...code].reverse().map((digit, place) => Number(digit) * (place % 2 ? 3 : 1));
    return weighted.reduce((a, b) => a + b) % 10 === 0;
}

for (const { path, method, operationId, requestBody, responses } of operations) {
    const pointer = `/paths/${escape(path)}/${method}`;
    checkContent(requestBody?.content, `${pointer}/requestBody`, operationId);
    for (const [status, response] of Object.entries(responses)) {
        const at = response.$ref ? response.$ref.slice(1) : `${pointer}/responses/${status}`;
        checkContent(resolve(response).content, at, `${operationId} ${status}`, status);
    }
}

const receipt = document.components.examples.transaction_receipt.value;
rule(receipt.split('\n').every((line) => [...line].length <= 42), 'transaction_receipt', 'a line has more than 42 columns');

// ---- the end -------------------------------------------------------------------------------------------

for (const fault of faults) {
    console.error(fault);
}
console.log(`${operations.length} operations, ${Object.keys(document.components.schemas).length} schemas, ${faults.length} faults`);
process.exitCode = faults.length ? 1 : 0;
