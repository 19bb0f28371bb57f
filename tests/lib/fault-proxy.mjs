// Stands between a server and a service of AWS: watches the calls, and lets them go wrong.
//
//     const proxy = await FaultProxy.start(aws.environment.AWS_ENDPOINT_URL_DYNAMODB);
//     … AWS_ENDPOINT_URL_DYNAMODB: proxy.url …
//     proxy.fault = (call) => call.operation === 'TransactWriteItems' ? { cut: 'after' } : null;
//     proxy.calls;                    // what was asked: [{operation, request, status, response, atMs}]
//     await proxy.down();             // nobody listens any more; up() again
//     await proxy.stop();
//
// A fault, for each call of its own:
//     { delayMs }                     the call waits, and is carried out
//     { answer: {status, body} }      the call is answered so and not carried out; THROTTLED is DynamoDB's
//     { cut: 'before' }               the connection breaks; nothing was carried out
//     { cut: 'after', done }          the connection breaks when the call has been carried out, and done() too
//     { ask, edit }                   another request is carried out, ask(request); edit(answer) is answered
// conflict, halved and lagging make such faults of what DynamoDB does and its emulator never.
import { setTimeout as sleep } from 'node:timers/promises';
import { Proxy } from './proxy.mjs';

const CALLS_MAX = 100_000;
const error = (type, message) => JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message });

export const THROTTLED = { answer: { status: 400, body: error('ThrottlingException', 'Rate exceeded') } };
export const BROKEN = { answer: { status: 500, body: error('InternalServerError', 'Internal server error') } };

/** Another transaction is at the first item. */
export const conflict = ({ request }) => ({
    answer: {
        status: 400,
        body: JSON.stringify({
            __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
            message: 'Transaction cancelled',
            CancellationReasons: request.TransactItems.map((_, i) => i === 0
                ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' } : { Code: 'None' }),
        }),
    },
});

/** A batch of which the service does the first half, and leaves the rest to be asked for again. */
export function halved({ operation, request }) {
    const rest = operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems';
    const split = (take) => Object.fromEntries(Object.entries(request.RequestItems)
        .map(([table, asked]) => [table, Array.isArray(asked) ? take(asked) : { ...asked, Keys: take(asked.Keys) }])
        .filter(([, asked]) => (asked.Keys ?? asked).length > 0));
    const half = (list) => Math.ceil(list.length / 2);
    return {
        ask: () => ({ ...request, RequestItems: split((list) => list.slice(0, half(list))) }),
        edit: (answer) => ({ ...answer, [rest]: split((list) => list.slice(half(list))) }),
    };
}

/** Queries of an index do not find the items for which isNew answers true. */
export const lagging = (isNew) => ({
    edit(answer) {
        const Items = answer.Items.filter((item) => !isNew(item));
        return { ...answer, Items, Count: Items.length };
    },
});

const parsed = (bytes) => {
    try {
        return JSON.parse(bytes);
    } catch {
        return null;
    }
};

/** `DynamoDB_20120810.PutItem` of the JSON services, Action of the Query services, else method and path. */
function operationOf(request, body) {
    const target = request.headers['x-amz-target'];
    if (target) {
        return target.slice(target.indexOf('.') + 1);
    }
    const action = /form-urlencoded/.test(request.headers['content-type'] ?? '') && new URLSearchParams(String(body)).get('Action');
    return action || `${request.method} ${request.url}`;
}

export class FaultProxy extends Proxy {
    calls = [];
    fault = () => null;

    async answer(request, body) {
        const call = { operation: operationOf(request, body), request: parsed(body), atMs: performance.now() };
        this.calls.push(call);
        this.calls.splice(0, this.calls.length - CALLS_MAX);
        const { delayMs = 0, answer, cut, done, ask, edit } = (await this.fault(call)) ?? {};
        await sleep(delayMs);
        if (cut === 'before') {
            return null;
        }
        const given = answer
            ? { status: answer.status, headers: { 'content-type': 'application/x-amz-json-1.0' }, bytes: Buffer.from(answer.body) }
            : await this.#carryOutOther(call, request, body, ask, edit);
        Object.assign(call, { status: given.status, response: parsed(given.bytes) });
        if (cut === 'after') {
            await done?.();
            return null;
        }
        return given;
    }

    async #carryOutOther(call, { method, url, headers }, body, ask, edit) {
        const asked = ask ? Buffer.from(JSON.stringify(ask(call.request))) : body;
        const length = ask ? { 'content-length': String(asked.length) } : {};
        const answer = await this.carryOut(call, { method, url, headers: { ...headers, ...length } }, asked);
        if (!edit || answer.status !== 200) {
            return answer;
        }
        const { 'x-amz-crc32': checksum, ...rest } = answer.headers;
        return { ...answer, headers: rest, bytes: Buffer.from(JSON.stringify(edit(JSON.parse(answer.bytes)))) };
    }

    /** What the service answers to a call; for subclasses. */
    carryOut(call, request, body) {
        return this.ask(request, body);
    }
}
