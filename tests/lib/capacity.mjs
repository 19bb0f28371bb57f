// What calls of DynamoDB cost: round trips, read and write capacity units.
//
//     const meter = await CapacityMeter.start(aws);
//     … AWS_ENDPOINT_URL_DYNAMODB: meter.url …
//     meter.take();        // {trips, reads, writes} since the last time; wanted(call): which calls count
//
// Single reads and writes cost what the emulator reports. Of transactions and batches it reports nonsense (one
// item's units for any number of alike items), so theirs are computed from the items before and after, as the
// service counts:
//   - a write costs a unit for each KB of the larger of the item before and after, in a transaction twice that;
//     a condition adds nothing, and a ConditionCheck costs as a write of its item does;
//   - an index costs a unit for each KB of the projected item for what is put into it, and for what is taken out;
//     nothing when its attributes stay the same; transactions do not double it;
//   - a consistent read costs a unit for each 4 KB, in a transaction twice that; nothing there costs as 1 KB.
// harness.test.mjs holds this against what the emulator reports of single writes.
// Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
import { isDeepStrictEqual } from 'node:util';
import { FaultProxy } from './fault-proxy.mjs';

const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

export function sizeOf(item) {
    return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSize(value), 0);
}

function valueSize(value) {
    const [[type, held]] = Object.entries(value);
    switch (type) {
    case 'S': return Buffer.byteLength(held);
    case 'N': return numberSize(held);
    case 'B': return Buffer.from(held, 'base64').length;
    case 'SS': return held.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    case 'NS': return held.reduce((sum, number) => sum + numberSize(number), 0);
    case 'BS': return held.reduce((sum, bytes) => sum + Buffer.from(bytes, 'base64').length, 0);
    case 'L': return 3 + held.reduce((sum, element) => sum + 1 + valueSize(element), 0);
    case 'M': return 3 + Object.keys(held).length + sizeOf(held);
    default: return 1; // BOOL, NULL
    }
}

function numberSize(text) {
    const digits = text.replace(/^-/, '').replace('.', '').replace(/^0+|0+$/g, '').length;
    return Math.ceil(digits / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

const units = (size, each) => Math.max(1, Math.ceil(size / each));

/** The table's own units of one write. */
export const writeUnits = (before, after) => units(Math.max(sizeOf(before ?? {}), sizeOf(after ?? {})), 1024);

/** The units of one write in an index as DescribeTable tells of it; `key` are the table's key attributes. */
export function indexUnits(index, key, before, after) {
    const own = index.KeySchema.map(({ AttributeName }) => AttributeName);
    const projected = (item) => {
        if (!item || own.some((name) => item[name] === undefined)) {
            return null;
        }
        const { ProjectionType: type, NonKeyAttributes: more = [] } = index.Projection;
        const names = new Set([...key, ...own, ...more]);
        return Object.fromEntries(Object.entries(item).filter(([name]) => type === 'ALL' || names.has(name)));
    };
    const [out, put] = [projected(before), projected(after)];
    if (isDeepStrictEqual(out, put)) {
        return 0;
    }
    if (out && put && own.every((name) => isDeepStrictEqual(out[name], put[name]))) {
        return writeUnits(out, put);
    }
    return (out ? units(sizeOf(out), 1024) : 0) + (put ? units(sizeOf(put), 1024) : 0);
}

export class CapacityMeter extends FaultProxy {
    #client;
    #tables = new Map();

    static async start(aws) {
        const meter = await super.start(aws.environment.AWS_ENDPOINT_URL_DYNAMODB);
        meter.#client = aws.client;
        return meter;
    }

    /** Sums the calls since the last time. */
    take(wanted = () => true) {
        const calls = this.calls.splice(0).filter(wanted);
        const sum = (name) => calls.reduce((all, call) => all + (call[name] ?? 0), 0);
        return { trips: calls.length, reads: sum('reads'), writes: sum('writes') };
    }

    async #table(name) {
        if (!this.#tables.has(name)) {
            const { Table } = await this.#client.dynamodb('DescribeTable', { TableName: name });
            this.#tables.set(name, {
                key: Table.KeySchema.map(({ AttributeName }) => AttributeName),
                indexes: Table.GlobalSecondaryIndexes ?? [],
            });
        }
        return this.#tables.get(name);
    }

    /** The items that a call writes: [{table, key, twice}]. */
    async #targets({ operation, request }) {
        const target = async (table, item, twice) => {
            const { key } = await this.#table(table);
            return { table, twice, key: Object.fromEntries(key.map((name) => [name, item[name]])) };
        };
        if (operation === 'TransactWriteItems') {
            return Promise.all(request.TransactItems.map((action) => {
                const [{ TableName, Item, Key }] = Object.values(action);
                return target(TableName, Item ?? Key, true);
            }));
        }
        if (operation === 'BatchWriteItem') {
            return Promise.all(Object.entries(request.RequestItems).flatMap(([table, actions]) => actions.map((action) =>
                target(table, action.PutRequest?.Item ?? action.DeleteRequest.Key, false))));
        }
        return [await target(request.TableName, request.Item ?? request.Key, false)];
    }

    async #read({ table, key }) {
        return (await this.#client.dynamodb('GetItem', { TableName: table, Key: key, ConsistentRead: true })).Item;
    }

    async carryOut(call, request, body) {
        const { operation } = call;
        if (!call.request || !/Item|Query|Scan/.test(operation)) {
            return super.carryOut(call, request, body);
        }
        const asked = Buffer.from(JSON.stringify({ ...call.request, ReturnConsumedCapacity: 'INDEXES' }));
        const headers = { ...request.headers, 'content-length': String(asked.length) };
        const targets = WRITES.has(operation) ? await this.#targets(call) : [];
        const before = await Promise.all(targets.map((target) => this.#read(target)));
        const answer = await super.carryOut(call, { method: request.method, url: request.url, headers }, asked);
        if (WRITES.has(operation)) {
            const after = await Promise.all(targets.map((target) => this.#read(target)));
            call.writes = await this.#writes(targets, before, after);
        } else if (answer.status === 200) {
            call.reads = CapacityMeter.#reads(call, JSON.parse(answer.bytes));
        }
        return answer;
    }

    async #writes(targets, before, after) {
        let sum = 0;
        for (const [i, { table, twice }] of targets.entries()) {
            const { key, indexes } = await this.#table(table);
            sum += writeUnits(before[i], after[i]) * (twice ? 2 : 1);
            sum += indexes.reduce((all, index) => all + indexUnits(index, key, before[i], after[i]), 0);
        }
        return sum;
    }

    static #reads({ operation, request }, answer) {
        if (operation === 'TransactGetItems') {
            return answer.Responses.reduce((sum, { Item = {} }) => sum + 2 * units(sizeOf(Item), 4096), 0);
        }
        if (operation === 'BatchGetItem') {
            return Object.entries(request.RequestItems).reduce((sum, [table, { Keys, ConsistentRead }]) => {
                const items = answer.Responses[table] ?? [];
                const full = items.reduce((all, item) => all + units(sizeOf(item), 4096), Keys.length - items.length);
                return sum + full * (ConsistentRead ? 1 : 0.5);
            }, 0);
        }
        return answer.ConsumedCapacity?.CapacityUnits ?? 0;
    }
}
